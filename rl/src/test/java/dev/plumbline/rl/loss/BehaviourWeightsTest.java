package dev.plumbline.rl.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.rl.TokenMask;
import org.junit.jupiter.api.Test;

final class BehaviourWeightsTest {
    @Test
    void weightsAreRatiosCutToALargestValueAndTokensFarOffAreLeftOut() {
        float[][] behaviour = {{log(0.1), log(0.1), log(0.1), log(0.2)}};
        float[][] old = {{log(0.1), log(0.3), log(0.9), log(0.1)}};

        BehaviourWeights weights = BehaviourWeights.of(old, behaviour, TokenMask.all(4), 2, 5);

        assertThat(weights.weights()[0]).containsExactly(new float[] {1, 2, 2, 0.5f}, within(1e-6f));
        assertThat(weights.mask().includes(0, 1)).isTrue(); // ratio 3
        assertThat(weights.mask().includes(0, 2)).isFalse(); // ratio 9
        assertThat(weights.truncatedShare()).isEqualTo(0.25);
        assertThat(weights.rejectedShare()).isEqualTo(0.25);
        assertThat(weights.times(new float[][] {{1, -1, 7, 4}})[0])
                .containsExactly(new float[] {1, -2, 14, 2}, within(1e-5f));
    }

    @Test
    void whereTheSamplerWasTheOldPolicyAdvantagesStayAsTheyAre() {
        float[][] advantages = {{1, -2}, {3}};
        BehaviourWeights weights = BehaviourWeights.neutral(TokenMask.all(advantages));

        assertThat(weights.times(advantages)).isDeepEqualTo(advantages);
        assertThat(weights.rejectedShare()).isZero();
    }

    private static float log(double probability) {
        return (float) Math.log(probability);
    }
}
