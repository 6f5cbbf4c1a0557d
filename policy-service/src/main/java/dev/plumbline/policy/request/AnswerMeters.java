package dev.plumbline.policy.request;

import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.serving.meter.ServingMeters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;

/** What is measured of every answer, whoever asked for it. */
public final class AnswerMeters {
    /** Seconds; OpenTelemetry's buckets for the time to the first token. */
    private static final double[] FIRST_TOKEN_SECONDS = {
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10
    };
    /** Seconds; OpenTelemetry's buckets for the time per token after the first. */
    private static final double[] PER_TOKEN_SECONDS = {
        0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5
    };

    private final ServingMeters meters;
    private final Timer firstToken;
    private final Timer perToken;
    private final Counter promptTokens;
    private final Counter completionTokens;

    public AnswerMeters(ServingMeters meters) {
        this.meters = meters;
        firstToken = meters.histogram("gen_ai.server.time.to.first.token", FIRST_TOKEN_SECONDS, Tags.empty());
        perToken = meters.histogram("gen_ai.server.time.per.output.token", PER_TOKEN_SECONDS, Tags.empty());
        promptTokens = meters.registry().counter("plumbline.policy.tokens", "kind", "prompt");
        completionTokens = meters.registry().counter("plumbline.policy.tokens", "kind", "completion");
    }

    /** The meters of the house. */
    public ServingMeters house() {
        return meters;
    }

    /** How long a call of this kind took, in a timer of its name. */
    public Timer requests(String operation) {
        return meters.requestDuration(operation);
    }

    /** A caller no longer waits, after which the engine tells nothing of its answers. */
    public void stopped(FinishReason reason) {
        meters.finished(reason.name());
    }

    void ended(GeneratedSample sample) {
        meters.finished(sample.finishReason().name());
        completionTokens.increment(sample.ids().length);
    }

    void ended(AnswerPlan plan, AnswerMeasurement measured) {
        promptTokens.increment(plan.promptIds().length);
        measured.toFirstToken().ifPresent(firstToken::record);
        measured.perToken().ifPresent(perToken::record);
    }
}
