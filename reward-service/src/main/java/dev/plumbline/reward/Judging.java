package dev.plumbline.reward;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.reward.judge.Answer;
import dev.plumbline.reward.judge.JudgeRequest;
import dev.plumbline.reward.judge.Prompt;
import dev.plumbline.reward.judge.Response;
import dev.plumbline.reward.judge.Reward;
import dev.plumbline.reward.rule.GivenAnswer;
import dev.plumbline.serving.error.CallerFault;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How rollouts are judged.
 *
 * @param reward what is measured
 * @param reference whose log-probabilities are added, if any
 * @param vocabulary digest of the policy's vocabulary; empty if it is not known, and the judges then read text
 */
record Judging(Reward reward, Optional<ModelVersion> reference, String vocabulary) {

    /** Stands for a vocabulary that no judge can have: text is what both sides have in common. */
    private static final String UNKNOWN_VOCABULARY = "unknown";

    /** As a run's contract has it. */
    static Judging of(RunContract run) {
        Optional<ModelVersion> reference =
                run.getReference().isEmpty() ? Optional.empty() : Optional.of(ModelVersion.parse(run.getReference()));
        return new Judging(Reward.of(run.getReward(), "reward"), reference, run.getTokenizerDigest());
    }

    /** By reward alone, for policies of any vocabulary. */
    static Judging of(Reward reward) {
        return new Judging(reward, Optional.empty(), "");
    }

    /** Every model that takes part. */
    Set<ModelVersion> models() {
        Set<ModelVersion> models = new LinkedHashSet<>(reward.models());
        reference.ifPresent(models::add);
        return models;
    }

    JudgeRequest request(Rollout rollout) {
        if (rollout.getSamplesCount() == 0) {
            throw CallerFault.invalid("NO_SAMPLES", "samples", "a rollout without error must have samples, got none");
        }
        int[] promptIds = rollout.getPromptTokenIdsList().stream()
                .mapToInt(Integer::intValue)
                .toArray();
        Prompt prompt = prompt(rollout, promptIds);
        Optional<String> groundTruth = rollout.getPrompt().hasGroundTruth()
                ? Optional.of(rollout.getPrompt().getGroundTruth())
                : Optional.empty();
        List<Answer> answers = rollout.getSamplesList().stream()
                .map(sample -> answer(prompt, promptIds, sample, groundTruth))
                .toList();
        return new JudgeRequest(answers, reward, reference, temperature(rollout), false);
    }

    /** The reference is asked at the temperature that was sampled with; a greedy rollout is compared with the plain model. */
    private static float temperature(Rollout rollout) {
        boolean sampled =
                rollout.getSampling().hasTemperature() && rollout.getSampling().getTemperature() > 0;
        return sampled ? rollout.getSampling().getTemperature() : 1;
    }

    private Answer answer(Prompt prompt, int[] promptIds, Sample sample, Optional<String> groundTruth) {
        int[] ids =
                sample.getTokenIdsList().stream().mapToInt(Integer::intValue).toArray();
        Response.Tokens tokens =
                new Response.Tokens(promptIds, ids, vocabulary.isEmpty() ? UNKNOWN_VOCABULARY : vocabulary);
        return new Answer(
                prompt,
                new Response(sample.getText(), isComplete(sample.getFinishReason()), Optional.of(tokens)),
                new GivenAnswer(sample.getText(), OptionalInt.of(ids.length), groundTruth));
    }

    /** Whether the model, or a stop that was asked for, ended the answer; otherwise it was cut off. */
    private static boolean isComplete(FinishReason reason) {
        return switch (reason) {
            case FINISH_REASON_EOS, FINISH_REASON_STOP_STRING, FINISH_REASON_STOP_TOKEN -> true;
            case FINISH_REASON_LENGTH,
                    FINISH_REASON_DEADLINE,
                    FINISH_REASON_CANCELLED,
                    FINISH_REASON_ABORTED,
                    FINISH_REASON_UNSPECIFIED,
                    UNRECOGNIZED -> false;
        };
    }

    private static Prompt prompt(Rollout rollout, int[] promptIds) {
        return switch (rollout.getPrompt().getContentCase()) {
            case TEXT -> new Prompt.Text(rollout.getPrompt().getText());
            case CONVERSATION ->
                new Prompt.Turns(WireConversation.read(rollout.getPrompt().getConversation(), "prompt.conversation"));
            case TOKEN_IDS, CONTENT_NOT_SET -> new Prompt.Ids(promptIds);
        };
    }
}
