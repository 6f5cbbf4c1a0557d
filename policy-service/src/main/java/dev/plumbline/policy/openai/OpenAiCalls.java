package dev.plumbline.policy.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.policy.call.PolicyCalls;
import dev.plumbline.policy.model.ModelLease;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.policy.tool.ToolForm;
import dev.plumbline.policy.tool.ToolReading;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.http.HttpCall;
import dev.plumbline.serving.http.HttpCaller;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** Answers calls of OpenAI's API by the calls that gRPC makes: the same requests, the same queue, the same answers. */
public final class OpenAiCalls {
    private final PolicyCalls calls;
    private final ModelNames names;
    private final OrderReader reader;
    private final Optional<ToolForm> toolForm;
    private final InstantSource clock;

    /**
     * Made once.
     *
     * @param servedName of the model whose newest version is served
     * @param maxPrompts the most prompts of one call, each of which is a request to the queue
     * @param toolForm how the models call tools; empty: as each one's chat template shows
     */
    public OpenAiCalls(
            PolicyCalls calls,
            ModelShelf shelf,
            String servedName,
            int maxPrompts,
            Optional<ToolForm> toolForm,
            InstantSource clock) {
        this.calls = calls;
        this.names = new ModelNames(shelf, servedName, clock.instant());
        this.reader = new OrderReader(maxPrompts);
        this.toolForm = toolForm;
        this.clock = clock;
    }

    void completion(HttpCall call) {
        answer(call, reader::completion, new CompletionShape());
    }

    void chat(HttpCall call) {
        answer(call, reader::chat, new ChatShape());
    }

    void models(HttpCall call) {
        call.answer(() -> Json.text(names.list()));
    }

    void model(HttpCall call) {
        call.answer(() -> Json.text(names.one(call.pathParameter("model"))));
    }

    private void answer(HttpCall call, Function<ObjectNode, AnswerOrder> read, ChoiceShape shape) {
        AnswerOrder order = read.apply(Json.object(call.body()));
        ModelLease lease = calls.lease(names.required(order.model()));
        // Kept to the end, since the tokens are named by the version that made them.
        call.onEnd(lease::close);
        Tokenizer tokenizer = lease.model().text().tokenizer();
        Optional<ToolForm> form = order.offer().map(offer -> form(lease));
        AnswerText text = new AnswerText(
                shape.idPrefix() + UUID.randomUUID(),
                clock.instant(),
                lease.version().toString(),
                shape,
                order.form(),
                new TokenNames(tokenizer, order.form().tokensAsIds()),
                () -> new Listener(
                        order.offer().flatMap(offer -> form.map(known -> new ToolReading(known, offer, tokenizer)))));
        List<GenerateRequest> prompts = order.prompts().stream()
                .map(prompt -> prompt.toBuilder().setRequestId(text.id()).build())
                .toList();
        if (order.form().stream()) {
            EventAnswer answer = new EventAnswer(call, text, prompts);
            ask(prompts, lease, answer::part, calls::generateStream);
        } else {
            WholeAnswer answer = new WholeAnswer(call, text, prompts);
            ask(prompts, lease, answer::part, calls::generate);
        }
    }

    private ToolForm form(ModelLease lease) {
        return toolForm.or(() ->
                        lease.model().text().tokenizer().chatTemplate(true).flatMap(ToolForm::shownBy))
                .orElseThrow(() -> CallerFault.invalid(
                        "INVALID_VALUE",
                        "tools",
                        "tools cannot be called, since the chat template of " + lease.version()
                                + " shows none of the forms " + Arrays.toString(ToolForm.values())
                                + ": leave tools out, or let the operator set plumbline.policy.tool-form"));
    }

    /** One way of asking; takes over the lease. */
    private interface Asking<T> {
        void ask(GenerateRequest request, ModelLease lease, HttpCaller<T> caller);
    }

    /** Asks for each prompt. The first that is refused ends the call, and with it what was asked before. */
    private static <T> void ask(
            List<GenerateRequest> prompts, ModelLease lease, Function<Integer, HttpCaller<T>> part, Asking<T> asking) {
        for (int i = 0; i < prompts.size(); i++) {
            HttpCaller<T> caller = part.apply(i);
            try {
                asking.ask(prompts.get(i), lease.another(), caller);
            } catch (RuntimeException e) {
                caller.onError(e);
                return;
            }
        }
    }
}
