package dev.plumbline.policy.call;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.policy.engine.AnswerSink;
import dev.plumbline.policy.request.AnswerMeters;
import dev.plumbline.policy.request.AnswerPlan;
import dev.plumbline.policy.request.AnswerTiming;
import dev.plumbline.policy.request.Samples;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.Usage;
import io.grpc.stub.StreamObserver;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Collects all answers into one response. */
final class UnaryAnswer implements AnswerSink {
    private final AnswerPlan plan;
    private final ModelVersion version;
    private final AnswerTiming timing;
    private final AnswerMeters meters;
    private final StreamObserver<GenerateResponse> caller;
    private final @Nullable Sample[] samples;
    private final int[] tokens;

    UnaryAnswer(
            AnswerPlan plan,
            ModelVersion version,
            AnswerTiming timing,
            AnswerMeters meters,
            StreamObserver<GenerateResponse> caller) {
        this.plan = plan;
        this.version = version;
        this.timing = timing;
        this.meters = meters;
        this.caller = caller;
        samples = new Sample[plan.samples()];
        tokens = new int[plan.samples()];
    }

    @Override
    public void begun() {
        timing.begin();
    }

    @Override
    public void onToken(int sample, int id, float logProb, float rawLogProb, String textDelta) {
        timing.token(tokens[sample]++);
    }

    @Override
    public void onSample(GeneratedSample sample) {
        meters.ended(sample);
        samples[sample.index()] = Samples.toProto(sample, version, plan.seed());
    }

    @Override
    public void finished() {
        meters.ended(plan, timing);
        meters.requests("generate").record(timing.total());
        GenerateResponse.Builder response = GenerateResponse.newBuilder()
                .setModel(version.toString())
                .setUsage(usage(plan, timing))
                .setTiming(timing.toProto());
        for (Sample sample : samples) {
            // A server that stops may end a request before all of its answers have begun.
            if (sample != null) {
                response.addSamples(sample);
            }
        }
        Arrays.stream(plan.promptIds()).forEach(response::addPromptTokenIds);
        caller.onNext(response.build());
        caller.onCompleted();
    }

    @Override
    public void failed(Throwable error) {
        caller.onError(error);
    }

    static Usage usage(AnswerPlan plan, AnswerTiming timing) {
        return Usage.newBuilder()
                .setPromptTokens(plan.promptIds().length)
                .setCompletionTokens(timing.tokens())
                .build();
    }
}
