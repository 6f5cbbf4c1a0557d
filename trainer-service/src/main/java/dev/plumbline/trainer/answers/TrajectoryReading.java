package dev.plumbline.trainer.answers;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.proto.exchange.v1.Judgement;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import dev.plumbline.proto.exchange.v1.RecordError;
import dev.plumbline.proto.exchange.v1.RewardComponent;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Trajectory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/** From a trajectory's message to what is learnt from. A record that lacks something is a failed prompt, never half a one. */
public final class TrajectoryReading {
    private final int samples;
    private final boolean referenced;
    private final ToLongFunction<String> stepOfVersion;

    /**
     * @param samples K, how many answers a prompt has
     * @param referenced whether each token comes with its log-probability under a reference
     * @param stepOfVersion the step of a "name@version" in the run's lineage, else {@link Episode#UNKNOWN}
     */
    public TrajectoryReading(int samples, boolean referenced, ToLongFunction<String> stepOfVersion) {
        this.samples = samples;
        this.referenced = referenced;
        this.stepOfVersion = stepOfVersion;
    }

    public Group read(Trajectory trajectory) {
        Rollout rollout = trajectory.getRollout();
        if (trajectory.hasError() || rollout.hasError()) {
            RecordError error = trajectory.hasError() ? trajectory.getError() : rollout.getError();
            return new Group.Failed(error.getReason() + ": " + error.getMessage());
        }
        if (rollout.getSamplesCount() != samples || trajectory.getJudgementsCount() != samples) {
            return new Group.Failed("INCOMPLETE: " + samples + " answers were asked for, " + rollout.getSamplesCount()
                    + " came and " + trajectory.getJudgementsCount() + " were judged");
        }
        int[] prompt = rollout.getPromptTokenIdsList().stream()
                .mapToInt(Integer::intValue)
                .toArray();
        List<Episode> episodes = new ArrayList<>();
        for (int i = 0; i < samples; i++) {
            Sample sample = rollout.getSamples(i);
            Judgement judgement = trajectory.getJudgements(i);
            String problem = problem(prompt, sample, judgement);
            if (!problem.isEmpty()) {
                return new Group.Failed("INCOMPLETE: answer " + i + " " + problem);
            }
            episodes.add(episode(prompt, sample, judgement));
        }
        return new Group.Answered(episodes);
    }

    private String problem(int[] prompt, Sample sample, Judgement judgement) {
        int tokens = sample.getTokenIdsCount();
        if (prompt.length == 0) {
            return "has no prompt tokens";
        }
        if (tokens == 0) {
            return "has no tokens";
        }
        if (sample.getLogprobsCount() != tokens || judgement.getReferenceLogprobsCount() != (referenced ? tokens : 0)) {
            return "has " + tokens + " tokens, " + sample.getLogprobsCount() + " log-probabilities and "
                    + judgement.getReferenceLogprobsCount() + " of the reference";
        }
        boolean finite = Float.isFinite(judgement.getReward())
                && sample.getLogprobsList().stream().allMatch(Float::isFinite)
                && judgement.getReferenceLogprobsList().stream().allMatch(Float::isFinite);
        if (!finite) {
            return "has a reward or log-probability that is no finite number";
        }
        return switch (sample.getFinishReason()) {
            case FINISH_REASON_EOS, FINISH_REASON_STOP_STRING, FINISH_REASON_STOP_TOKEN, FINISH_REASON_LENGTH -> "";
            case FINISH_REASON_DEADLINE,
                    FINISH_REASON_CANCELLED,
                    FINISH_REASON_ABORTED,
                    FINISH_REASON_UNSPECIFIED,
                    UNRECOGNIZED -> "was not finished: " + sample.getFinishReason();
        };
    }

    private Episode episode(int[] prompt, Sample sample, Judgement judgement) {
        int tokens = sample.getTokenIdsCount();
        int[] ids = Arrays.copyOf(prompt, prompt.length + tokens);
        float[] behaviour = new float[tokens];
        float[] reference = new float[judgement.getReferenceLogprobsCount()];
        long[] versions = new long[tokens];
        Arrays.fill(versions, Episode.UNKNOWN);
        for (ModelVersionSpan span : sample.getModelVersionsList()) {
            Arrays.fill(versions, span.getFromToken(), span.getToToken(), stepOfVersion.applyAsLong(span.getModel()));
        }
        for (int t = 0; t < tokens; t++) {
            ids[prompt.length + t] = sample.getTokenIds(t);
            behaviour[t] = sample.getLogprobs(t);
        }
        for (int t = 0; t < reference.length; t++) {
            reference[t] = judgement.getReferenceLogprobs(t);
        }
        Map<String, Float> components = new LinkedHashMap<>();
        for (RewardComponent component : judgement.getComponentsList()) {
            components.put(component.getName(), component.getValue());
        }
        boolean ended = switch (sample.getFinishReason()) {
            case FINISH_REASON_EOS, FINISH_REASON_STOP_STRING, FINISH_REASON_STOP_TOKEN -> true;
            case FINISH_REASON_LENGTH,
                    FINISH_REASON_DEADLINE,
                    FINISH_REASON_CANCELLED,
                    FINISH_REASON_ABORTED,
                    FINISH_REASON_UNSPECIFIED,
                    UNRECOGNIZED -> false;
        };
        return new Episode(
                new TokenSequence(ids, prompt.length),
                behaviour,
                reference,
                versions,
                judgement.getReward(),
                components,
                ended);
    }
}
