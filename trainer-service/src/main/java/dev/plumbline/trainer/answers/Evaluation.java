package dev.plumbline.trainer.answers;

import dev.plumbline.exchange.ExchangeUnavailableException;
import dev.plumbline.exchange.LogWriter;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.exchange.Topic;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Purpose;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.proto.trainer.v1.Waiting;
import dev.plumbline.trainer.data.PromptTokens;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.ToDoubleFunction;

/**
 * Held-out prompts, answered by a version after its step through the same services, once each and with the same random
 * numbers every time.
 */
public final class Evaluation {
    private final String runId;
    private final float temperature;
    private final Stopping stopping;
    private final long seed;
    private final List<PromptTokens> prompts;

    /**
     * @param temperature of sampling
     * @param stopping when answers end
     */
    public Evaluation(String runId, float temperature, Stopping stopping, long seed, List<PromptTokens> prompts) {
        this.runId = runId;
        this.temperature = temperature;
        this.stopping = stopping;
        this.seed = seed;
        this.prompts = prompts;
    }

    public boolean isEmpty() {
        return prompts.isEmpty();
    }

    /** Ids of the prompts after a step. */
    public List<String> ids(long step) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            ids.add(id(step, i));
        }
        return ids;
    }

    /** Asks a version "name@version" for its answers; asking twice does no harm, since the first answer counts. */
    public void ask(LogWriter writer, Topic<Prompt> topic, long step, String version) {
        List<CompletableFuture<RecordIdentity>> sent = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            Prompt prompt = PromptMessages.of(id(step, i), runId, prompts.get(i))
                    .setPurpose(Purpose.PURPOSE_EVALUATION)
                    .setRequiredModel(version)
                    .setSampling(Sampling.newBuilder()
                            .setTemperature(temperature)
                            .setNumSamples(1)
                            .setSeed(31 * seed + i))
                    .setStopping(stopping)
                    .build();
            sent.add(writer.send(topic, prompt));
        }
        try {
            sent.forEach(CompletableFuture::join);
        } catch (CompletionException e) {
            throw new ExchangeUnavailableException("the broker did not take all evaluation prompts", e);
        }
    }

    /** Says for people that the evaluation after a step lacks so many answers. */
    public Waiting waiting(long step, int missing) {
        return Waiting.newBuilder()
                .setReason("the evaluation after step " + step + " waits for " + missing + " of " + prompts.size()
                        + " answers")
                .build();
    }

    /**
     * Figures of the answers, by the metrics' names.
     *
     * @param total name of the mean of their rewards
     * @param referenced whether each token comes with its log-probability under a reference
     */
    public static Map<String, Double> figures(String total, boolean referenced, List<Trajectory> answers) {
        TrajectoryReading reading = new TrajectoryReading(1, referenced, version -> 0);
        List<Episode> episodes = new ArrayList<>();
        for (Trajectory answer : answers) {
            if (reading.read(answer) instanceof Group.Answered answered) {
                episodes.addAll(answered.episodes());
            }
        }
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("eval/prompts", (double) answers.size());
        figures.put("eval/errors", (double) answers.size() - episodes.size());
        if (!episodes.isEmpty()) {
            figures.put(total, mean(episodes, Episode::reward));
            if (referenced) {
                figures.put("eval/kl", mean(episodes, Episode::kl));
            }
            figures.put("eval/length", mean(episodes, episode -> episode.behaviour().length));
            figures.put("eval/ended", mean(episodes, episode -> episode.ended() ? 1 : 0));
            for (String component : episodes.get(0).components().keySet()) {
                figures.put(
                        "eval/rewards/" + component,
                        mean(episodes, episode -> episode.components().getOrDefault(component, Float.NaN)));
            }
        }
        return figures;
    }

    private static double mean(List<Episode> episodes, ToDoubleFunction<Episode> figure) {
        return episodes.stream().mapToDouble(figure).average().orElse(Double.NaN);
    }

    /** The step that a prompt's id belongs to; -1 if it is none of these. */
    public long stepOf(String id) {
        String[] parts =
                id.startsWith(prefix()) ? id.substring(prefix().length()).split("/", 2) : new String[0];
        return parts.length == 2 && parts[0].matches("[0-9]{1,18}") ? Long.parseLong(parts[0]) : -1;
    }

    private String prefix() {
        return runId + "/evaluation/";
    }

    private String id(long step, int number) {
        return prefix() + step + "/" + number;
    }
}
