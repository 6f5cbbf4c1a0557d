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
import dev.plumbline.proto.policy.v1.GenerateStreamResponse;
import dev.plumbline.proto.policy.v1.PromptLogprobs;
import dev.plumbline.proto.policy.v1.SampleDelta;
import dev.plumbline.proto.policy.v1.SampleEnd;
import dev.plumbline.proto.policy.v1.StreamEnd;
import io.grpc.stub.CallStreamObserver;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Sends answers token by token. A caller that reads slowly holds up nobody: its tokens are joined into larger deltas until
 * it is ready again, so that what waits for it is never more than the answers themselves.
 */
final class StreamedAnswer implements AnswerSink {
    private final AnswerPlan plan;
    private final AnswerMeasurement measured;
    private final CallStreamObserver<GenerateStreamResponse> caller;
    private final Object lock = new Object();
    // Guarded by the lock, as is sending: the engine's thread and the caller's readiness both send.
    private final SampleDelta.Builder[] deltas;
    private final List<GenerateStreamResponse> ends = new ArrayList<>();
    private final int[] textLength;
    private Optional<PromptLogprobs> prompt = Optional.empty();
    private boolean complete;
    private boolean closed;

    StreamedAnswer(AnswerPlan plan, AnswerMeasurement measured, CallStreamObserver<GenerateStreamResponse> caller) {
        this.plan = plan;
        this.measured = measured;
        this.caller = caller;
        textLength = new int[plan.samples()];
        deltas = new SampleDelta.Builder[plan.samples()];
        Arrays.setAll(deltas, index -> SampleDelta.newBuilder().setIndex(index));
    }

    /** The caller can take more. From any thread. */
    void ready() {
        synchronized (lock) {
            send();
        }
    }

    @Override
    public boolean readsAlong() {
        return true;
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
        textLength[sample] += textDelta.length();
        synchronized (lock) {
            SampleDelta.Builder delta = deltas[sample];
            delta.setText(delta.getText() + textDelta)
                    .addTokenIds(token.id())
                    .addLogprobs(token.logProb())
                    .addRawLogprobs(token.rawLogProb());
            if (plan.report().alternatives() > 0) {
                delta.addTopLogprobs(Samples.toProto(token.top()));
            }
            send();
        }
    }

    @Override
    public void onSample(GeneratedSample sample, List<ModelVersionSpan> versions) {
        measured.ended(sample);
        SampleEnd end = SampleEnd.newBuilder()
                .setIndex(sample.index())
                .setText(sample.text().substring(textLength[sample.index()]))
                .setFinishReason(Samples.toProto(sample.finishReason()))
                .addAllModelVersions(versions)
                .setSeed(plan.seed())
                .build();
        synchronized (lock) {
            ends.add(GenerateStreamResponse.newBuilder().setEnd(end).build());
            send();
        }
    }

    @Override
    public void finished(ModelVersion version) {
        measured.ended(plan, "generate_stream");
        StreamEnd.Builder summary = StreamEnd.newBuilder()
                .setModel(version.toString())
                .setUsage(measured.usage(plan))
                .setTiming(measured.timing());
        Arrays.stream(plan.promptIds()).forEach(summary::addPromptTokenIds);
        prompt.ifPresent(summary::setPromptLogprobs);
        synchronized (lock) {
            ends.add(GenerateStreamResponse.newBuilder().setSummary(summary).build());
            complete = true;
            send();
        }
    }

    @Override
    public void failed(Throwable error) {
        synchronized (lock) {
            if (!closed) {
                closed = true;
                caller.onError(error);
            }
        }
    }

    /** Tokens first, so that a sample's end comes after all of its deltas. */
    private void send() {
        while (!closed && caller.isReady()) {
            if (!sendDelta() && !sendEnd()) {
                if (complete) {
                    closed = true;
                    caller.onCompleted();
                }
                return;
            }
        }
    }

    private boolean sendDelta() {
        for (SampleDelta.Builder delta : deltas) {
            if (delta.getTokenIdsCount() > 0) {
                caller.onNext(
                        GenerateStreamResponse.newBuilder().setDelta(delta).build());
                delta.clearText()
                        .clearTokenIds()
                        .clearLogprobs()
                        .clearRawLogprobs()
                        .clearTopLogprobs();
                return true;
            }
        }
        return false;
    }

    private boolean sendEnd() {
        if (ends.isEmpty()) {
            return false;
        }
        caller.onNext(ends.remove(0));
        return true;
    }
}
