package dev.plumbline.rl.advantage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.rl.Summary;
import dev.plumbline.rl.TokenMask;
import org.junit.jupiter.api.Test;

final class WhiteningTest {
    private static final TokenMask MASK = TokenMask.of(new boolean[][] {{true, true, false}, {true}, {false}});
    private static final float[][] VALUES = {{1, 5, Float.NaN}, {9}, {1000}};

    @Test
    void givesMeanZeroAndVarianceOneUnderTheMask() {
        float[][] whitened = Whitening.shiftingMean(VALUES, MASK);
        Summary moments = Summary.of(whitened, MASK);
        assertThat(moments.mean()).isCloseTo(0, within(1e-7));
        assertThat(moments.variance()).isCloseTo(1, within(1e-6));
        assertThat(whitened[0][2]).isZero();
        assertThat(whitened[2]).containsExactly(0);
    }

    @Test
    void keepsTheMeanIfAsked() {
        Summary moments = Summary.of(Whitening.keepingMean(VALUES, MASK), MASK);
        assertThat(moments.mean()).isCloseTo(5, within(1e-6));
        assertThat(moments.variance()).isCloseTo(1, within(1e-6));
    }

    @Test
    void turnsEqualValuesIntoZeros() {
        TokenMask mask = TokenMask.all(2, 1);
        assertThat(Whitening.shiftingMean(new float[][] {{3, 3}, {3}}, mask)).isDeepEqualTo(new float[][] {{0, 0}, {0}
        });
    }

    @Test
    void needsTwoTokens() {
        assertThatThrownBy(() -> Whitening.shiftingMean(new float[][] {{3}}, TokenMask.all(1)))
                .hasMessageStartingWith("whitening needs at least 2 tokens under the mask, got 1");
        assertThatThrownBy(() -> Whitening.keepingMean(new float[][] {{}}, TokenMask.all(0)))
                .hasMessageStartingWith("whitening needs at least 2 tokens under the mask, got 0");
    }

    @Test
    void reportsNumbersThatAreNotFinite() {
        assertThatThrownBy(() -> Whitening.shiftingMean(new float[][] {{1, Float.NaN}}, TokenMask.all(2)))
                .hasMessage("values[0][1] must be finite, got NaN");
    }
}
