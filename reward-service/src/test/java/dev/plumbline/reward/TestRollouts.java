package dev.plumbline.reward;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.ModelReward;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Trajectory;
import java.util.Arrays;

/** Rollouts of a policy, and the contracts by which they are judged. */
final class TestRollouts {
    static final String POLICY = "llama3-rope";

    private TestRollouts() {}

    static Trajectory awaitTrajectory(TestHouse house, String promptId) {
        return house.await(
                house.topics().trajectories(),
                trajectory -> trajectory.getRollout().getPrompt().getId().equals(promptId));
    }

    static RunContract contract(String runId, ModelVersion judge, ModelVersion reference) {
        try (Tokenizer tokenizer = Tokenizer.load(TestHouse.checkpoint(POLICY))) {
            return RunContract.newBuilder()
                    .setRunId(runId)
                    .setState(RunState.RUN_STATE_RUNNING)
                    .setReward(RewardSpec.newBuilder()
                            .addComponents(RewardComponentSpec.newBuilder()
                                    .setName("rm")
                                    .setWeight(1)
                                    .setModel(ModelReward.newBuilder().setModel(judge.toString()))))
                    .setReference(reference.toString())
                    .setTokenizerDigest(tokenizer.digest())
                    .build();
        }
    }

    /** Two answers to one prompt: one complete, one cut off. */
    static Rollout rollout(String promptId, String runId, float temperature) {
        try (Tokenizer tokenizer = Tokenizer.load(TestHouse.checkpoint(POLICY))) {
            TextEncoder encoder = new TextEncoder(tokenizer);
            Rollout.Builder rollout = Rollout.newBuilder()
                    .setPrompt(Prompt.newBuilder().setId(promptId).setText("the small cat"))
                    .setRunId(runId)
                    .setSampling(Sampling.newBuilder().setTemperature(temperature));
            int[] prompt = encoder.prompt("the small cat");
            Arrays.stream(prompt).forEach(rollout::addPromptTokenIds);
            rollout.addSamples(sample(0, encoder, " sees the dog", FinishReason.FINISH_REASON_EOS));
            rollout.addSamples(sample(1, encoder, " runs and", FinishReason.FINISH_REASON_LENGTH));
            return rollout.build();
        }
    }

    private static Sample sample(int index, TextEncoder encoder, String text, FinishReason reason) {
        TokenSequence sequence = encoder.example("the small cat", text, reason == FinishReason.FINISH_REASON_EOS);
        Sample.Builder sample =
                Sample.newBuilder().setIndex(index).setText(text).setFinishReason(reason);
        Arrays.stream(sequence.ids()).skip(sequence.promptLength()).forEach(sample::addTokenIds);
        return sample.build();
    }

    static TokenSequence sequence(Rollout rollout, int sample) {
        int[] prompt = rollout.getPromptTokenIdsList().stream()
                .mapToInt(Integer::intValue)
                .toArray();
        int[] response = rollout.getSamples(sample).getTokenIdsList().stream()
                .mapToInt(Integer::intValue)
                .toArray();
        int[] ids = Arrays.copyOf(prompt, prompt.length + response.length);
        System.arraycopy(response, 0, ids, prompt.length, response.length);
        return new TokenSequence(ids, prompt.length);
    }
}
