package dev.plumbline.trainer.answers;

import dev.plumbline.proto.exchange.v1.Judgement;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.RecordError;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.proto.trainer.v1.EvaluationSample;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What people see of an evaluation: each prompt with its answer and how it was judged. */
public final class EvaluationTable {
    private EvaluationTable() {}

    /**
     * A row for each answer, or for what went wrong instead.
     *
     * @param answers to the evaluation after this step, in the order of its prompts
     */
    public static List<EvaluationSample> of(long step, List<Trajectory> answers) {
        List<EvaluationSample> samples = new ArrayList<>();
        for (Trajectory answer : answers) {
            Rollout rollout = answer.getRollout();
            EvaluationSample.Builder row = EvaluationSample.newBuilder()
                    .setStep(step)
                    .setPromptId(rollout.getPrompt().getId())
                    .setPrompt(text(rollout.getPrompt()));
            if (answer.hasError() || rollout.hasError()) {
                RecordError error = answer.hasError() ? answer.getError() : rollout.getError();
                samples.add(row.setError(error.getReason() + ": " + error.getMessage())
                        .build());
                continue;
            }
            for (int i = 0; i < Math.min(rollout.getSamplesCount(), answer.getJudgementsCount()); i++) {
                samples.add(judged(row.clone(), rollout.getSamples(i), answer.getJudgements(i)));
            }
        }
        return samples;
    }

    private static EvaluationSample judged(EvaluationSample.Builder row, Sample sample, Judgement judgement) {
        List<ModelVersionSpan> versions = sample.getModelVersionsList();
        return row.setAnswer(sample.getText())
                .setFinishReason(sample.getFinishReason())
                .setModel(
                        versions.isEmpty()
                                ? ""
                                : versions.get(versions.size() - 1).getModel())
                .setReward(judgement.getReward())
                .addAllComponents(judgement.getComponentsList())
                .build();
    }

    private static String text(Prompt prompt) {
        return switch (prompt.getContentCase()) {
            case TEXT -> prompt.getText();
            case CONVERSATION ->
                prompt.getConversation().getMessagesList().stream()
                        .map(message -> message.getRole() + ": " + message.getContent())
                        .collect(Collectors.joining("\n"));
            case TOKEN_IDS -> prompt.getTokenIds().getIdsList().toString();
            case CONTENT_NOT_SET -> "";
        };
    }
}
