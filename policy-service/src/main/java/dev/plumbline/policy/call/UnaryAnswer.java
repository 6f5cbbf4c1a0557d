package dev.plumbline.policy.call;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.GeneratedToken;
import dev.plumbline.lm.generate.PromptLogProbs;
import dev.plumbline.policy.engine.AnswerSink;
import dev.plumbline.policy.request.AnswerMeasurement;
import dev.plumbline.policy.request.AnswerPlan;
import dev.plumbline.policy.request.Samples;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.PromptLogprobs;
import io.grpc.stub.StreamObserver;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Collects all answers into one response. */
final class UnaryAnswer implements AnswerSink {
    private final AnswerPlan plan;
    private final AnswerMeasurement measured;
    private final StreamObserver<GenerateResponse> caller;
    private final @Nullable Sample[] samples;
    private Optional<PromptLogprobs> prompt = Optional.empty();

    UnaryAnswer(AnswerPlan plan, AnswerMeasurement measured, StreamObserver<GenerateResponse> caller) {
        this.plan = plan;
        this.measured = measured;
        this.caller = caller;
        samples = new Sample[plan.samples()];
    }

    @Override
    public void begun() {
        measured.begin();
    }

    @Override
    public void onPrompt(PromptLogProbs told) {
        prompt = Optional.of(Samples.toProto(told));
    }

    @Override
    public void onToken(int sample, GeneratedToken token, String textDelta) {
        measured.token();
    }

    @Override
    public void onSample(GeneratedSample sample, List<ModelVersionSpan> versions) {
        measured.ended(sample);
        samples[sample.index()] = Samples.toProto(sample, versions, plan.seed());
    }

    @Override
    public void finished(ModelVersion version) {
        measured.ended(plan, "generate");
        GenerateResponse.Builder response = GenerateResponse.newBuilder()
                .setModel(version.toString())
                .setUsage(measured.usage(plan))
                .setTiming(measured.timing());
        for (Sample sample : samples) {
            // A server that stops may end a request before all of its answers have begun.
            if (sample != null) {
                response.addSamples(sample);
            }
        }
        Arrays.stream(plan.promptIds()).forEach(response::addPromptTokenIds);
        prompt.ifPresent(response::setPromptLogprobs);
        caller.onNext(response.build());
        caller.onCompleted();
    }

    @Override
    public void failed(Throwable error) {
        caller.onError(error);
    }
}
