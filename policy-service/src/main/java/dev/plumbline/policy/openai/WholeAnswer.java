package dev.plumbline.policy.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.Usage;
import dev.plumbline.serving.http.HttpCall;
import dev.plumbline.serving.http.HttpCaller;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Waits for the answers to all prompts and sends them as one. */
final class WholeAnswer {
    private final HttpCall call;
    private final AnswerText text;
    private final List<GenerateRequest> prompts;
    private final AtomicReferenceArray<GenerateResponse> responses;
    private final AtomicInteger missing;

    WholeAnswer(HttpCall call, AnswerText text, List<GenerateRequest> prompts) {
        this.call = call;
        this.text = text;
        this.prompts = prompts;
        this.responses = new AtomicReferenceArray<>(prompts.size());
        this.missing = new AtomicInteger(prompts.size());
    }

    /** Who is told of the answers to one prompt. */
    HttpCaller<GenerateResponse> part(int prompt) {
        return new HttpCaller<>(call) {
            @Override
            public void onNext(GenerateResponse response) {
                responses.set(prompt, response);
            }

            @Override
            protected void completed() {
                if (missing.decrementAndGet() == 0) {
                    call.answer(() -> Json.text(answer()));
                }
            }
        };
    }

    private ObjectNode answer() {
        ObjectNode answer = text.whole();
        ArrayNode choices = answer.putArray("choices");
        Usage.Builder usage = Usage.newBuilder();
        for (int prompt = 0; prompt < responses.length(); prompt++) {
            GenerateResponse response = responses.get(prompt);
            usage.setPromptTokens(usage.getPromptTokens() + response.getUsage().getPromptTokens())
                    .setCompletionTokens(
                            usage.getCompletionTokens() + response.getUsage().getCompletionTokens());
            Spoken asked = Spoken.prompt(echo(prompt), response);
            for (Sample sample : response.getSamplesList()) {
                ObjectNode choice = choice(prompt, sample, asked);
                choices.add(choice);
                putPrompt(text.shape().holderOfPrompt(answer, choice), asked);
            }
        }
        AnswerText.putUsage(answer, usage.build());
        return answer;
    }

    private String echo(int prompt) {
        return text.form().echo() ? text.prompt(prompts.get(prompt)) : "";
    }

    private ObjectNode choice(int prompt, Sample sample, Spoken asked) {
        Spoken answered = Spoken.of(sample, text.form().processed());
        Spoken shown = text.form().echo() ? answered.after(asked) : answered;
        ObjectNode choice = Json.newObject().put("index", prompt * text.form().samples() + sample.getIndex());
        Listener listener = text.listeners().get();
        text.shape().putWhole(choice, listener.last(shown));
        text.fill(choice, shown, 0, Optional.of(AnswerText.name(sample.getFinishReason(), listener.called() > 0)));
        if (text.form().tokenIds()) {
            AnswerText.putIds(choice, "token_ids", answered.ids());
        }
        return choice;
    }

    private void putPrompt(ObjectNode holder, Spoken asked) {
        if (text.form().tokenIds()) {
            AnswerText.putIds(holder, "prompt_token_ids", asked.ids());
        }
        text.form().promptLogprobs().ifPresent(alternatives -> text.putPromptLogprobs(holder, asked, alternatives));
    }
}
