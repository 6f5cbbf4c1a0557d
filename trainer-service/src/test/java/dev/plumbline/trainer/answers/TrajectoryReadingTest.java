package dev.plumbline.trainer.answers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.Judgement;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import dev.plumbline.proto.exchange.v1.RecordError;
import dev.plumbline.proto.exchange.v1.RewardComponent;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Trajectory;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TrajectoryReadingTest {
    private final TrajectoryReading reading =
            new TrajectoryReading(2, true, version -> version.equals("policy@3") ? 2 : Episode.UNKNOWN);

    @Test
    void anAnswersTokensScoresAndVersionsAreTakenOver() {
        Trajectory.Builder trajectory = trajectory();
        trajectory.getRolloutBuilder().getSamplesBuilder(1).setFinishReason(FinishReason.FINISH_REASON_LENGTH);

        List<Episode> episodes = ((Group.Answered) reading.read(trajectory.build())).episodes();

        assertThat(episodes).hasSize(2);
        Episode first = episodes.get(0);
        assertThat(first.sequence().ids()).containsExactly(5, 6, 10, 11, 2);
        assertThat(first.sequence().promptLength()).isEqualTo(2);
        assertThat(first.behaviour()).containsExactly(-1, -2, -3);
        assertThat(first.reference()).containsExactly(-1.5f, -2, -3.5f);
        assertThat(first.kl()).isEqualTo(1);
        assertThat(first.versions()).containsExactly(2, 2, Episode.UNKNOWN);
        assertThat(first.isFrom(2)).isFalse();
        assertThat(first.reward()).isEqualTo(0.25f);
        assertThat(first.components()).isEqualTo(Map.of("rule", 0.5f));
        assertThat(first.ended()).isTrue();
        assertThat(episodes.get(1).ended()).isFalse();
    }

    @Test
    void aPromptThatCouldNotBeAnsweredFailsWithItsReason() {
        assertThat(failure(Trajectory.newBuilder()
                        .setRollout(Rollout.newBuilder()
                                .setError(RecordError.newBuilder()
                                        .setReason("CONTEXT_TOO_LONG")
                                        .setMessage("700 tokens")))))
                .isEqualTo("CONTEXT_TOO_LONG: 700 tokens");
    }

    @Test
    void oneMissingAnswerFailsTheWholePrompt() {
        Trajectory.Builder trajectory = trajectory();
        trajectory.getRolloutBuilder().removeSamples(1);
        assertThat(failure(trajectory)).contains("2 answers were asked for, 1 came and 2 were judged");
    }

    @Test
    void anAnswerThatLacksNumbersOrWasNotFinishedFailsThePrompt() {
        Trajectory.Builder noReference = trajectory();
        noReference.getJudgementsBuilder(1).clearReferenceLogprobs();
        assertThat(failure(noReference)).contains("answer 1 has 3 tokens, 3 log-probabilities and 0 of the reference");

        Trajectory.Builder nan = trajectory();
        nan.getJudgementsBuilder(0).setReward(Float.NaN);
        assertThat(failure(nan)).contains("answer 0 has a reward or log-probability that is no finite number");

        Trajectory.Builder aborted = trajectory();
        aborted.getRolloutBuilder().getSamplesBuilder(0).setFinishReason(FinishReason.FINISH_REASON_ABORTED);
        assertThat(failure(aborted)).contains("answer 0 was not finished: FINISH_REASON_ABORTED");

        Trajectory.Builder empty = trajectory();
        empty.getRolloutBuilder().setSamples(0, Sample.newBuilder().setFinishReason(FinishReason.FINISH_REASON_EOS));
        assertThat(failure(empty)).contains("answer 0 has no tokens");
    }

    @Test
    void aRunWithoutReferenceHasAnswersWithoutItsNumbers() {
        TrajectoryReading unreferenced = new TrajectoryReading(2, false, version -> 0);
        Trajectory.Builder trajectory = trajectory();
        assertThat(((Group.Failed) unreferenced.read(trajectory.build())).reason())
                .contains("answer 0 has 3 tokens, 3 log-probabilities and 3 of the reference");

        trajectory.getJudgementsBuilder(0).clearReferenceLogprobs();
        trajectory.getJudgementsBuilder(1).clearReferenceLogprobs();
        List<Episode> episodes = ((Group.Answered) unreferenced.read(trajectory.build())).episodes();
        assertThat(episodes).hasSize(2).allSatisfy(episode -> {
            assertThat(episode.reference()).isEmpty();
            assertThat(episode.behaviour()).containsExactly(-1, -2, -3);
            assertThat(episode.reward()).isEqualTo(0.25f);
        });
    }

    private String failure(Trajectory.Builder trajectory) {
        return ((Group.Failed) reading.read(trajectory.build())).reason();
    }

    private static Trajectory.Builder trajectory() {
        Rollout.Builder rollout = Rollout.newBuilder().addPromptTokenIds(5).addPromptTokenIds(6);
        Trajectory.Builder trajectory = Trajectory.newBuilder();
        for (int i = 0; i < 2; i++) {
            rollout.addSamples(Sample.newBuilder()
                    .setIndex(i)
                    .addAllTokenIds(List.of(10, 11, 2))
                    .addAllLogprobs(List.of(-1f, -2f, -3f))
                    .setFinishReason(FinishReason.FINISH_REASON_EOS)
                    .addModelVersions(
                            ModelVersionSpan.newBuilder().setModel("policy@3").setToToken(2))
                    .addModelVersions(ModelVersionSpan.newBuilder()
                            .setModel("policy@9")
                            .setFromToken(2)
                            .setToToken(3)));
            trajectory.addJudgements(Judgement.newBuilder()
                    .setSampleIndex(i)
                    .setReward(0.25f)
                    .addComponents(RewardComponent.newBuilder()
                            .setName("rule")
                            .setValue(0.5f)
                            .setWeight(0.5f))
                    .addAllReferenceLogprobs(List.of(-1.5f, -2f, -3.5f)));
        }
        return trajectory.setRollout(rollout);
    }
}
