package dev.plumbline.reward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.exchange.v1.ExternalReward;
import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.Judgement;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Trajectory;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(TestHouse.class)
class VerifiedRolloutTest {

    private final TestHouse house = TestHouse.current();

    @Test
    void a_rollout_waits_until_its_verifier_is_back() {
        house.feeds()
                .publish(RunContract.newBuilder()
                        .setRunId("verified")
                        .setState(RunState.RUN_STATE_RUNNING)
                        .setReward(RewardSpec.newBuilder()
                                .addComponents(RewardComponentSpec.newBuilder()
                                        .setName("proof")
                                        .setWeight(2)
                                        .setExternal(ExternalReward.newBuilder().setVerifier("flaky"))))
                        .build());
        house.send(
                house.topics().rollouts(),
                Rollout.newBuilder()
                        .setRunId("verified")
                        .setPrompt(Prompt.newBuilder().setId("asked").setText("2+2?"))
                        .addPromptTokenIds(1)
                        .addSamples(sample(0, "4"))
                        .addSamples(sample(1, "5"))
                        .build());

        Trajectory trajectory = house.await(
                house.topics().trajectories(),
                it -> it.getRollout().getPrompt().getId().equals("asked"));

        assertThat(trajectory.getError().getMessage()).isEmpty();
        assertThat(trajectory.getJudgementsList())
                .extracting(Judgement::getReward)
                .containsExactly(0.5f, -1f);
        assertThat(house.verifier().requests())
                .hasSize(2)
                .allSatisfy(request -> assertThat(request).contains("{\"text\":\"2+2?\",\"answer\":\"4\"}"));
    }

    private static Sample sample(int index, String text) {
        return Sample.newBuilder()
                .setIndex(index)
                .setText(text)
                .addTokenIds(2)
                .setFinishReason(FinishReason.FINISH_REASON_EOS)
                .build();
    }
}
