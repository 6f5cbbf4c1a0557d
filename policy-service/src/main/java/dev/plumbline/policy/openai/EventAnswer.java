package dev.plumbline.policy.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.policy.tool.Said;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateStreamResponse;
import dev.plumbline.proto.policy.v1.SampleDelta;
import dev.plumbline.proto.policy.v1.SampleEnd;
import dev.plumbline.proto.policy.v1.StreamEnd;
import dev.plumbline.proto.policy.v1.Usage;
import dev.plumbline.serving.http.HttpCall;
import dev.plumbline.serving.http.HttpCaller;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends the answers to all prompts token by token, as the service's own stream gives them. A caller that reads slowly gets
 * fewer and larger events, as over gRPC: the stream behind it joins what the caller is not ready for.
 */
final class EventAnswer {
    private static final String DONE = "[DONE]";

    private final HttpCall call;
    private final AnswerText text;
    private final List<GenerateRequest> prompts;
    private final AtomicInteger open;
    // Used in the order of the events, by whoever makes their text.
    private final BitSet begun = new BitSet();
    private final Map<Integer, Listener> listeners = new HashMap<>();
    private final Map<Integer, Integer> offsets = new HashMap<>();
    private final Usage.Builder usage = Usage.newBuilder();

    EventAnswer(HttpCall call, AnswerText text, List<GenerateRequest> prompts) {
        this.call = call;
        this.text = text;
        this.prompts = prompts;
        this.open = new AtomicInteger(prompts.size());
    }

    /** Who is told of the answers to one prompt. */
    HttpCaller<GenerateStreamResponse> part(int prompt) {
        return new HttpCaller<>(call) {
            @Override
            public void onNext(GenerateStreamResponse event) {
                call.events(() -> chunk(prompt, event).map(Json::text).stream().toList());
            }

            @Override
            protected void completed() {
                if (open.decrementAndGet() == 0) {
                    call.endEvents(EventAnswer.this::last);
                }
            }
        };
    }

    private Optional<ObjectNode> chunk(int prompt, GenerateStreamResponse event) {
        return switch (event.getEventCase()) {
            case DELTA -> delta(prompt, event.getDelta());
            case END -> Optional.of(end(prompt, event.getEnd()));
            case SUMMARY -> summary(prompt, event.getSummary());
            case EVENT_NOT_SET -> Optional.empty();
        };
    }

    /** None for a token whose text is held back, if nobody asked for the token itself. */
    private Optional<ObjectNode> delta(int prompt, SampleDelta delta) {
        Spoken spoken = Spoken.of(delta, text.form().processed());
        Listener listener = listener(index(prompt, delta.getIndex()));
        int called = listener.called();
        Said said = listener.hear(spoken);
        boolean silent = said.isEmpty()
                && text.form().logprobs().isEmpty()
                && !text.form().tokenIds();
        return silent
                ? Optional.empty()
                : Optional.of(told(prompt, delta.getIndex(), spoken, said, called, Optional.empty()));
    }

    private ObjectNode end(int prompt, SampleEnd end) {
        Spoken spoken = Spoken.text(end.getText());
        Listener listener = listener(index(prompt, end.getIndex()));
        int called = listener.called();
        Said said = listener.last(spoken);
        String reason = AnswerText.name(end.getFinishReason(), listener.called() > 0);
        return told(prompt, end.getIndex(), spoken, said, called, Optional.of(reason));
    }

    private Listener listener(int index) {
        return listeners.computeIfAbsent(index, choice -> text.listeners().get());
    }

    private ObjectNode told(int prompt, int sample, Spoken spoken, Said said, int called, Optional<String> reason) {
        int index = index(prompt, sample);
        boolean first = !begun.get(index);
        begun.set(index);
        String echo = first && text.form().echo() ? text.prompt(prompts.get(prompt)) : "";
        int offset = offsets.getOrDefault(index, echo.length());
        offsets.put(index, offset + spoken.text().length());
        ObjectNode choice = Json.newObject().put("index", index);
        text.shape().putChunk(choice, Said.text(echo).then(said), first, called);
        text.fill(choice, spoken, offset, reason);
        if (text.form().tokenIds()) {
            AnswerText.putIds(choice, "token_ids", spoken.ids());
        }
        ObjectNode chunk = text.chunk();
        chunk.putArray("choices").add(choice);
        return chunk;
    }

    private int index(int prompt, int sample) {
        return prompt * text.form().samples() + sample;
    }

    /** The prompt's ids are known with the end of the stream behind. */
    private Optional<ObjectNode> summary(int prompt, StreamEnd summary) {
        usage.setPromptTokens(usage.getPromptTokens() + summary.getUsage().getPromptTokens())
                .setCompletionTokens(
                        usage.getCompletionTokens() + summary.getUsage().getCompletionTokens());
        if (!text.form().tokenIds()) {
            return Optional.empty();
        }
        ObjectNode chunk = text.chunk();
        ObjectNode choice = Json.newObject().put("index", index(prompt, 0));
        text.shape().putChunk(choice, Said.text(""), false, 0);
        text.fill(choice, Spoken.text(""), 0, Optional.empty());
        chunk.putArray("choices").add(choice);
        AnswerText.putIds(
                text.shape().holderOfPrompt(chunk, choice), "prompt_token_ids", summary.getPromptTokenIdsList());
        return Optional.of(chunk);
    }

    private List<String> last() {
        List<String> events = new ArrayList<>();
        if (text.form().usage()) {
            ObjectNode chunk = text.chunk();
            chunk.putArray("choices");
            AnswerText.putUsage(chunk, usage.build());
            events.add(Json.text(chunk));
        }
        events.add(DONE);
        return events;
    }
}
