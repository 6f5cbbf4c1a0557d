package dev.plumbline.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Trajectory;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What comes of the rollouts that the service reads from the log. */
@QuarkusTest
@QuarkusTestResource(TestHouse.class)
class JudgedRolloutsTest {

    private static final String JUDGE = "llama-reward";
    private static final String FOREIGN_JUDGE = "gpt2-reward";
    private static final ComputeSettings ONE_THREAD = ComputeSettings.cpu(1);

    private final TestHouse house = TestHouse.current();

    @Test
    void a_rollout_of_a_run_becomes_a_trajectory_by_the_runs_contract() {
        ModelVersion judge = house.publish("reward", JUDGE);
        ModelVersion reference = house.publish("reference", TestRollouts.POLICY);
        house.feeds().publish(TestRollouts.contract("run-1", judge, reference));
        house.send(house.topics().rollouts(), TestRollouts.rollout("p1", "run-1", 0.7f));

        Trajectory trajectory = TestRollouts.awaitTrajectory(house, "p1");

        assertThat(trajectory.hasError()).as(trajectory.getError().getMessage()).isFalse();
        assertThat(trajectory.getJudgesList())
                .extracting(it -> it.getRole() + "=" + it.getModel())
                .containsExactlyInAnyOrder("reference=" + reference, "rm=" + judge);
        try (FrozenModel scorer = FrozenModel.load(TestHouse.checkpoint(JUDGE), ONE_THREAD);
                FrozenModel anchor = FrozenModel.load(TestHouse.checkpoint(TestRollouts.POLICY), ONE_THREAD)) {
            for (int i = 0; i < trajectory.getJudgementsCount(); i++) {
                TokenSequence sequence = TestRollouts.sequence(trajectory.getRollout(), i);
                var judgement = trajectory.getJudgements(i);
                float score =
                        scorer.evaluate(new MicroBatch(List.of(sequence), 1)).scores()[0];
                assertThat(judgement.getReward()).isCloseTo(score, within(2e-5f));
                float[] expected =
                        anchor.evaluate(new MicroBatch(List.of(sequence), 0.7f)).logProbs()[0];
                assertThat(judgement.getReferenceLogprobsCount()).isEqualTo(sequence.responseLength());
                for (int t = 0; t < expected.length; t++) {
                    assertThat(judgement.getReferenceLogprobs(t)).isCloseTo(expected[t], within(1e-4f));
                }
            }
        }
    }

    @Test
    void a_judge_of_another_vocabulary_reads_the_text() {
        ModelVersion judge = house.publish("foreign", FOREIGN_JUDGE);
        ModelVersion reference = house.publish("home", TestRollouts.POLICY);
        house.feeds().publish(TestRollouts.contract("run-2", judge, reference));
        house.send(house.topics().rollouts(), TestRollouts.rollout("p2", "run-2", 1));

        Trajectory trajectory = TestRollouts.awaitTrajectory(house, "p2");

        try (FrozenModel scorer = FrozenModel.load(TestHouse.checkpoint(FOREIGN_JUDGE), ONE_THREAD);
                Tokenizer tokenizer = Tokenizer.load(TestHouse.checkpoint(FOREIGN_JUDGE))) {
            Sample complete = trajectory.getRollout().getSamples(0);
            TokenSequence sequence = new TextEncoder(tokenizer)
                    .example(trajectory.getRollout().getPrompt().getText(), complete.getText(), true);
            assertThat(trajectory.getJudgements(0).getReward())
                    .isCloseTo(
                            scorer.evaluate(new MicroBatch(List.of(sequence), 1))
                                    .scores()[0],
                            within(2e-5f));
        }
    }

    @Test
    void a_rollout_that_cannot_be_judged_yields_an_error_and_the_next_one_is_judged() {
        ModelVersion foreignReference = house.publish("foreign-reference", "gpt2");
        ModelVersion judge = house.publish("reward", JUDGE);
        house.feeds().publish(TestRollouts.contract("run-3", judge, foreignReference));
        house.send(house.topics().rollouts(), TestRollouts.rollout("p3", "run-3", 1));
        house.feeds().publish(TestRollouts.contract("run-4", judge, house.publish("reference", TestRollouts.POLICY)));
        house.send(house.topics().rollouts(), TestRollouts.rollout("p4", "run-4", 1));

        assertThat(TestRollouts.awaitTrajectory(house, "p3").getError().getReason())
                .isEqualTo("VOCABULARY_MISMATCH");
        assertThat(TestRollouts.awaitTrajectory(house, "p4").hasError()).isFalse();
    }

    @Test
    void a_rollout_whose_deadline_has_passed_is_not_judged() {
        ModelVersion judge = house.publish("reward", JUDGE);
        house.feeds().publish(TestRollouts.contract("run-7", judge, house.publish("reference", TestRollouts.POLICY)));
        sendWithDeadline("late", "2020-01-31T12:00:00Z");
        sendWithDeadline("strange", "tomorrow");
        sendWithDeadline("early", "2120-01-31T12:00:00+01:00");

        Trajectory late = TestRollouts.awaitTrajectory(house, "late");
        assertThat(late.getError().getReason()).isEqualTo("DEADLINE_EXCEEDED");
        assertThat(late.getError().getService()).isEqualTo("reward-service");
        assertThat(late.getJudgementsCount()).isZero();
        assertThat(late.getRollout().getSamplesCount())
                .as("what it was to judge")
                .isEqualTo(2);
        assertThat(TestRollouts.awaitTrajectory(house, "strange").getError()).satisfies(error -> {
            assertThat(error.getReason()).isEqualTo("INVALID_DEADLINE");
            assertThat(error.getField()).isEqualTo("plumbline-deadline");
            assertThat(error.getMessage()).contains("must be a time such as", "\"tomorrow\"");
        });
        assertThat(TestRollouts.awaitTrajectory(house, "early").hasError()).isFalse();
    }

    private void sendWithDeadline(String promptId, String deadline) {
        house.send(
                house.topics().rollouts(),
                TestRollouts.rollout(promptId, "run-7", 1),
                Map.of("plumbline-deadline", deadline));
    }

    @Test
    void nobody_judges_for_a_run_that_has_ended_nor_without_a_contract() {
        ModelVersion judge = house.publish("reward", JUDGE);
        RunContract alive = TestRollouts.contract("run-5", judge, house.publish("reference", TestRollouts.POLICY));
        house.feeds()
                .publish(alive.toBuilder()
                        .setRunId("run-6")
                        .setState(RunState.RUN_STATE_CANCELLED)
                        .build());
        house.feeds().publish(alive);
        // One key, hence one partition: the order of the answers is that of the rollouts.
        house.send(house.topics().rollouts(), TestRollouts.rollout("same", "run-6", 1));
        house.send(house.topics().rollouts(), TestRollouts.rollout("same", "", 1));
        house.send(house.topics().rollouts(), TestRollouts.rollout("same", "run-5", 1));

        assertThat(TestRollouts.awaitTrajectory(house, "same").getRollout().getRunId())
                .isEqualTo("run-5");
    }
}
