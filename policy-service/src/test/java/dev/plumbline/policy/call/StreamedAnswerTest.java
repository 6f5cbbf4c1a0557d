package dev.plumbline.policy.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.GeneratedToken;
import dev.plumbline.lm.generate.LogProbReport;
import dev.plumbline.lm.generate.PromptLogProbs;
import dev.plumbline.lm.generate.TopLogProbs;
import dev.plumbline.policy.request.AnswerMeasurement;
import dev.plumbline.policy.request.AnswerMeters;
import dev.plumbline.policy.request.AnswerPlan;
import dev.plumbline.policy.request.Turn;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.policy.v1.GenerateStreamResponse;
import dev.plumbline.proto.policy.v1.GenerateStreamResponse.EventCase;
import dev.plumbline.proto.policy.v1.PromptLogprobs;
import dev.plumbline.serving.meter.ServingMeters;
import io.grpc.stub.CallStreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StreamedAnswerTest {
    private static final List<ModelVersionSpan> SPANS = List.of(
            ModelVersionSpan.newBuilder().setModel("policy@3").setToToken(1).build());

    private final Reader reader = new Reader();
    private final StreamedAnswer answer = new StreamedAnswer(
            new AnswerPlan(
                    new int[] {1, 2},
                    Sampling.newBuilder().setNumSamples(2).setSeed(9).build(),
                    Stopping.getDefaultInstance(),
                    new LogProbReport(1, true),
                    false,
                    Turn.ofCall(0)),
            new AnswerMeasurement(new AnswerMeters(new ServingMeters(new SimpleMeterRegistry())), () -> 0),
            reader);

    @Test
    void aReaderThatKeepsUpGetsEveryTokenByItself() {
        reader.canTake = Integer.MAX_VALUE;

        speak();

        assertThat(reader.kinds())
                .containsExactly(
                        EventCase.DELTA,
                        EventCase.DELTA,
                        EventCase.DELTA,
                        EventCase.END,
                        EventCase.END,
                        EventCase.SUMMARY);
        assertThat(reader.completed).isTrue();
    }

    @Test
    void aSlowReaderGetsTheSameInFewerPieces() {
        speak();
        assertThat(reader.events).isEmpty();

        while (!reader.completed) {
            reader.canTake = 1;
            answer.ready();
        }

        assertThat(reader.kinds())
                .containsExactly(EventCase.DELTA, EventCase.DELTA, EventCase.END, EventCase.END, EventCase.SUMMARY);
        assertThat(reader.events.get(0).getDelta().getText()).isEqualTo("Hello");
        assertThat(reader.events.get(0).getDelta().getTokenIdsList()).containsExactly(11, 12);
        assertThat(reader.events.get(0).getDelta().getLogprobsList()).containsExactly(-1f, -2f);
        assertThat(reader.events.get(0).getDelta().getTopLogprobsList())
                .extracting(top -> top.getTokenIds(0))
                .containsExactly(12, 13);
        assertThat(reader.events.get(1).getDelta().getTokenIdsList()).containsExactly(21);
    }

    @Test
    void textThatWasHeldBackComesWithTheEnd() {
        reader.canTake = Integer.MAX_VALUE;

        answer.onToken(0, token(11, -1, -1), "Hel");
        answer.onSample(
                new GeneratedSample(
                        0,
                        new int[] {11},
                        "Hello",
                        new float[] {-1},
                        new float[] {-1},
                        List.of(),
                        FinishReason.ABORTED),
                SPANS);

        assertThat(reader.events.get(1).getEnd().getText()).isEqualTo("lo");
    }

    @Test
    void nothingFollowsAnError() {
        reader.canTake = Integer.MAX_VALUE;
        answer.onToken(0, token(11, -1, -1), "Hel");

        answer.failed(new IllegalStateException("died"));
        answer.onToken(0, token(12, -2, -2), "lo");
        answer.ready();

        assertThat(reader.kinds()).containsExactly(EventCase.DELTA);
        assertThat(reader.error).hasMessage("died");
        assertThat(reader.completed).isFalse();
    }

    @Test
    void thePromptIsToldOfAtTheEnd() {
        reader.canTake = Integer.MAX_VALUE;
        answer.onPrompt(new PromptLogProbs(
                new float[] {0, -4}, List.of(TopLogProbs.NONE, new TopLogProbs(new int[] {8}, new float[] {-0.5f}))));

        speak();

        PromptLogprobs prompt =
                reader.events.get(reader.events.size() - 1).getSummary().getPromptLogprobs();
        assertThat(prompt.getRawLogprobsList()).containsExactly(0f, -4f);
        assertThat(prompt.getTopLogprobs(0).getTokenIdsCount()).isZero();
        assertThat(prompt.getTopLogprobs(1).getTokenIdsList()).containsExactly(8);
    }

    private void speak() {
        answer.onToken(0, token(11, -1, -1.5f), "Hel");
        answer.onToken(1, token(21, -3, -3.5f), "Bye");
        answer.onToken(0, token(12, -2, -2.5f), "lo");
        answer.onSample(sample(1, new int[] {21}, "Bye"), SPANS);
        answer.onSample(sample(0, new int[] {11, 12}, "Hello"), SPANS);
        answer.finished(new ModelVersion("policy", 4));
    }

    private static GeneratedSample sample(int index, int[] ids, String text) {
        return new GeneratedSample(
                index, ids, text, new float[ids.length], new float[ids.length], List.of(), FinishReason.EOS);
    }

    /** Whose likeliest alternative is the next id. */
    private static GeneratedToken token(int id, float logProb, float rawLogProb) {
        return new GeneratedToken(
                id, logProb, rawLogProb, new TopLogProbs(new int[] {id + 1}, new float[] {rawLogProb / 2}));
    }

    /** A caller that takes as many events as the test says. */
    private static final class Reader extends CallStreamObserver<GenerateStreamResponse> {
        private final List<GenerateStreamResponse> events = new ArrayList<>();
        private int canTake;
        private boolean completed;
        private @Nullable Throwable error;

        private List<EventCase> kinds() {
            return events.stream().map(GenerateStreamResponse::getEventCase).toList();
        }

        @Override
        public boolean isReady() {
            return canTake > 0;
        }

        @Override
        public void onNext(GenerateStreamResponse event) {
            canTake--;
            events.add(event);
        }

        @Override
        public void onError(Throwable thrown) {
            error = thrown;
        }

        @Override
        public void onCompleted() {
            completed = true;
        }

        @Override
        public void setOnReadyHandler(Runnable handler) {}

        @Override
        public void disableAutoInboundFlowControl() {}

        @Override
        public void request(int count) {}

        @Override
        public void setMessageCompression(boolean enable) {}
    }
}
