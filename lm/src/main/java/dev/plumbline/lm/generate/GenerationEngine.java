package dev.plumbline.lm.generate;

import dev.plumbline.lm.text.TextStream;
import dev.plumbline.lm.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Generates text with one version of a model, for many requests at once. Every answer has a slot of the cache; each step
 * gives all running answers one more token, and answers join and leave between steps. The running answers occupy the first
 * slots: when one leaves, the last one moves into its place.
 *
 * <p>{@link #poll} does the work, on the one thread that drives the engine and closes it. Requests may be submitted and
 * cancelled from any thread; listeners are called on the driver's.
 */
public final class GenerationEngine implements AutoCloseable {
    private final EngineSettings settings;
    private final Tokenizer tokenizer;
    private final EndTokens endTokens;
    private final SlotDecoder decoder;
    private final Deque<Generation> waiting = new ConcurrentLinkedDeque<>();

    /** The answer in each occupied slot. */
    private final List<Answer> running = new ArrayList<>();

    private volatile int occupied;
    private volatile EngineStatistics statistics;
    private volatile boolean closed;

    /**
     * Reads a causal model and allocates the cache.
     *
     * @param tokenizer the checkpoint's; stays the caller's to close, after the engine
     * @throws dev.plumbline.lm.architecture.InvalidModelException if the checkpoint cannot be used
     */
    public GenerationEngine(Path checkpointDirectory, Tokenizer tokenizer, EngineSettings settings) {
        this(checkpointDirectory, tokenizer, settings, ProductForms.Choice.MEASURED);
    }

    GenerationEngine(
            Path checkpointDirectory, Tokenizer tokenizer, EngineSettings settings, ProductForms.Choice products) {
        this.settings = settings;
        this.tokenizer = tokenizer;
        this.endTokens = EndTokens.read(checkpointDirectory, tokenizer);
        this.decoder = SlotDecoder.load(checkpointDirectory, settings, products);
        this.statistics = new EngineStatistics(0, 0, 0, 0, decoder.cacheBytes());
    }

    /** Tokens that a prompt and its answer may have together. */
    public int contextLength() {
        return decoder.capacity();
    }

    /** Tokens by which the model says that an answer is complete. */
    public Set<Integer> endIds() {
        return Arrays.stream(endTokens.ids()).boxed().collect(Collectors.toSet());
    }

    /** Answers that could begin at once. */
    public int freeSlots() {
        return settings.slots() - occupied;
    }

    /** Answers being generated. */
    public int running() {
        return occupied;
    }

    /** Requests that have not begun. */
    public int waiting() {
        return waiting.size();
    }

    public EngineStatistics statistics() {
        return statistics;
    }

    /**
     * Says whether a request can be answered at all.
     *
     * @throws ContextTooLongException if prompt and answer do not fit into a slot
     * @throws IllegalArgumentException naming the field, its value and the fix
     */
    public void validate(GenerationRequest request) {
        requireTokens("promptIds", request.promptIds());
        requireTokens("stopTokens", request.stop().stopTokens());
        TokenPreferences preferences = request.sampling().preferences();
        requireTokens(
                "bias", preferences.bias().keySet().stream().mapToInt(id -> id).toArray());
        requireTokens(
                "allowed", preferences.allowed().stream().mapToInt(id -> id).toArray());
        requireChoice(request.stop(), preferences);
        if (request.samples() > settings.slots()) {
            throw new IllegalArgumentException("samples must be at most the engine's " + settings.slots()
                    + " slots, got " + request.samples() + "; ask for the rest in another request with firstSample "
                    + (request.firstSample() + settings.slots()));
        }
        int prompt = request.promptIds().length;
        int context = contextLength();
        if (prompt >= context) {
            throw new ContextTooLongException("promptIds has " + prompt + " tokens, which leaves no room for an answer"
                    + " in the context of " + context + "; shorten the prompt to at most " + (context - 1));
        }
        int maxTokens = request.stop().maxTokens();
        if (maxTokens > context - prompt) {
            throw new ContextTooLongException("promptIds has " + prompt + " tokens and maxTokens is " + maxTokens
                    + ", together more than the context of " + context + "; shorten the prompt or set maxTokens to at"
                    + " most " + (context - prompt));
        }
    }

    /** Before the least number of tokens, something must be left that does not end the answer. */
    private void requireChoice(StopConditions stop, TokenPreferences preferences) {
        if (stop.minTokens() > 0 && !preferences.allowed().isEmpty()) {
            boolean choice = preferences.allowed().stream().anyMatch(id -> !ends(stop, id));
            if (!choice) {
                throw new IllegalArgumentException("allowed holds nothing but tokens that end the answer, which"
                        + " minTokens " + stop.minTokens() + " forbids; allow another token or set minTokens to 0");
            }
        }
    }

    private boolean ends(StopConditions stop, int id) {
        return (!stop.ignoreEos() && endTokens.contains(id)) || EndTokens.indexOf(stop.stopTokens(), id) >= 0;
    }

    private void requireTokens(String field, int[] ids) {
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= decoder.vocabulary()) {
                throw new IllegalArgumentException(field + " must be below the vocabulary size " + decoder.vocabulary()
                        + " and not negative, got " + ids[i] + " at index " + i);
            }
        }
    }

    /**
     * Queues a request. Requests begin in the order in which they come, each as soon as there is a slot for every one of
     * its answers.
     *
     * @throws IllegalArgumentException as {@link #validate} does
     */
    public Generation submit(GenerationRequest request, GenerationListener listener) {
        if (closed) {
            throw new IllegalStateException("the engine is closed");
        }
        validate(request);
        Generation generation = new Generation(request, listener);
        waiting.add(generation);
        if (closed && waiting.remove(generation)) { // closed meanwhile, too late to be told
            throw new IllegalStateException("the engine is closed");
        }
        return generation;
    }

    /**
     * Ends what was cancelled, begins waiting requests for which there are slots, and gives every running answer one more
     * token.
     *
     * @return how many answers took part; 0 means that there is nothing to do
     */
    public int poll() {
        endInterrupted();
        return beginWaiting() + decodeStep();
    }

    private void endInterrupted() {
        for (Answer answer : running) {
            answer.generation().interruption().ifPresent(reason -> deliver(answer, () -> answer.interrupt(reason)));
        }
        releaseEnded();
        for (Generation generation : List.copyOf(waiting)) {
            Optional<FinishReason> reason = generation.interruption();
            if (reason.isPresent() && waiting.remove(generation)) {
                for (Answer answer : answers(generation)) {
                    deliver(answer, () -> answer.interrupt(reason.get()));
                }
            }
        }
    }

    /** Prefills requests in order while there are slots, up to the step's number of prompt tokens. */
    private int beginWaiting() {
        int begun = 0;
        int prefilled = 0;
        Generation next = waiting.peek();
        while (next != null
                && next.request().samples() <= settings.slots() - running.size()
                && (prefilled == 0 || prefilled + next.request().promptIds().length <= settings.prefillTokens())) {
            waiting.remove();
            begin(next);
            begun += next.request().samples();
            prefilled += next.request().promptIds().length;
            next = waiting.peek();
        }
        return begun;
    }

    /** Computes a prompt once, for all its answers, and their first tokens. */
    private void begin(Generation generation) {
        int[] promptIds = generation.request().promptIds();
        List<Answer> answers = answers(generation);
        decoder.draws().begin(answers.size());
        answers.forEach(answer -> answer.drawNext(decoder.draws()));
        int slot = running.size();
        SlotDecoder.Filled filled;
        try {
            filled = decoder.fill(slot, promptIds, generation.request().report());
            if (answers.size() > 1) {
                decoder.copySlot(slot, slot + 1, answers.size() - 1, promptIds.length);
            }
        } catch (RuntimeException e) { // the native library throws nothing more specific
            generation.fail(e);
            decoder.clearSlot(slot);
            return;
        }
        running.addAll(answers);
        filled.prompt()
                .ifPresent(prompt ->
                        deliver(answers.get(0), () -> generation.listener().onPrompt(prompt)));
        int generated = accept(answers, filled.chosen());
        statistics = new EngineStatistics(
                statistics.prefills() + 1,
                statistics.prefilledTokens() + promptIds.length,
                statistics.decodeSteps(),
                statistics.generatedTokens() + generated,
                statistics.cacheBytes());
        releaseEnded();
    }

    private List<Answer> answers(Generation generation) {
        int first = generation.request().firstSample();
        return IntStream.range(first, first + generation.request().samples())
                .mapToObj(index -> new Answer(generation, index, endTokens, new TextStream(tokenizer, true)))
                .toList();
    }

    private int decodeStep() {
        int rows = running.size();
        if (rows == 0) {
            return 0;
        }
        int[] ids = new int[rows];
        int[] positions = new int[rows];
        decoder.draws().begin(rows);
        for (int row = 0; row < rows; row++) {
            Answer answer = running.get(row);
            ids[row] = answer.lastId();
            positions[row] = answer.lastPosition();
            answer.drawNext(decoder.draws());
        }
        ChosenTokens chosen;
        try {
            chosen = decoder.decode(ids, positions);
        } catch (RuntimeException e) { // the native library throws nothing more specific
            running.forEach(answer -> answer.generation().fail(e));
            releaseEnded();
            return rows;
        }
        int generated = accept(running, chosen);
        statistics = new EngineStatistics(
                statistics.prefills(),
                statistics.prefilledTokens(),
                statistics.decodeSteps() + 1,
                statistics.generatedTokens() + generated,
                statistics.cacheBytes());
        releaseEnded();
        return rows;
    }

    private int accept(List<Answer> answers, ChosenTokens chosen) {
        int generated = 0;
        for (int row = 0; row < answers.size(); row++) {
            Answer answer = answers.get(row);
            if (answer.ended()) {
                continue;
            }
            if (chosen.finite(row)) {
                int at = row;
                deliver(answer, () -> answer.accept(chosen.token(at)));
                generated++;
            } else {
                answer.generation()
                        .fail(new IllegalStateException(
                                "the model's logits are not finite numbers after " + (answer.lastPosition() + 1)
                                        + " tokens; its weights are damaged or overflow float32"));
            }
        }
        return generated;
    }

    /** Calls a listener; one that throws fails its own request and no other. */
    private static void deliver(Answer answer, Runnable news) {
        if (answer.ended()) {
            return;
        }
        try {
            news.run();
        } catch (RuntimeException e) {
            answer.generation().fail(e);
        }
    }

    /** Gives back the slots of answers that have ended, from the last on, and moves others into the gaps. */
    private void releaseEnded() {
        for (int slot = running.size() - 1; slot >= 0; slot--) {
            Answer ended = running.get(slot);
            if (!ended.ended()) {
                continue;
            }
            if (ended.generation().failed()) {
                decoder.clearSlot(slot);
            }
            Answer last = running.remove(running.size() - 1);
            if (last != ended) {
                running.set(slot, last);
                decoder.copySlot(running.size(), slot, 1, last.lastPosition());
            }
        }
        occupied = running.size();
    }

    /**
     * Times a step of an idle engine, and its parts.
     *
     * @param rows how many answers, at most the slots
     * @param position where their last tokens stand
     */
    public StepCosts measureStep(int rows, int position, SamplingParameters sampling, int repetitions) {
        if (!running.isEmpty()) {
            throw new IllegalStateException("a step is measured while nothing runs, " + running.size() + " answers do");
        }
        if (rows < 1 || rows > settings.slots() || position < 0 || position >= contextLength() || repetitions < 1) {
            throw new IllegalArgumentException("rows must be from 1 to " + settings.slots() + ", position from 0 to "
                    + (contextLength() - 1) + " and repetitions >= 1, got " + rows + ", " + position + " and "
                    + repetitions);
        }
        return decoder.costs(rows, position, sampling, repetitions);
    }

    /** Ends all requests as ABORTED and frees the native memory. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        running.forEach(answer -> answer.generation().cancel(FinishReason.ABORTED));
        waiting.forEach(generation -> generation.cancel(FinishReason.ABORTED));
        endInterrupted();
        decoder.close();
    }
}
