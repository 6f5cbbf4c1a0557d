package dev.plumbline.lm.generate;

import dev.plumbline.lm.text.TextStream;
import dev.plumbline.lm.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Generates text with one version of a model, for many requests at once. Every answer has a slot of the cache, in which all
 * that it may come to need is reserved when it begins. A step gives all running answers one more token and reads some of the
 * prompts that have begun, in one pass; answers join and leave between steps.
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

    private final SlotTable slots;
    private final PrefixCache prefixes;
    private final PromptAllowance allowance;

    /** The prompts that have a slot and are not in it as a whole, in the order of their requests. */
    private final List<Prefill> prefills = new ArrayList<>();

    private volatile int occupied;
    private volatile long reservedBytes;
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
        this.slots = new SlotTable(decoder.layout(), (answer, from, to) -> decoder.copySlot(from, to, filled(answer)));
        this.prefixes = new PrefixCache(decoder);
        this.allowance = new PromptAllowance(settings.prefillTokens());
        this.statistics = new EngineStatistics(0, 0, 0, 0, 0, decoder.cacheBytes());
    }

    /** Tokens that a prompt and its answer may have together. */
    public int contextLength() {
        return decoder.layout().capacity();
    }

    /** What products with weights are computed in, as it was decided when the model was loaded: FLOAT32 or BFLOAT16. */
    public Precision precision() {
        return decoder.precision();
    }

    /** Tokens by which the model says that an answer is complete. */
    public Set<Integer> endIds() {
        return Arrays.stream(endTokens.ids()).boxed().collect(Collectors.toSet());
    }

    /** Answers that could begin at once, if they are not too long for the cache. */
    public int freeSlots() {
        int asked = waiting.stream().mapToInt(each -> each.request().samples()).sum();
        return Math.max(0, settings.slots() - occupied - asked);
    }

    /** Answers being generated. */
    public int running() {
        return occupied;
    }

    /** Requests that have not begun. */
    public int waiting() {
        return waiting.size();
    }

    /** Memory that the answers being generated may come to fill, of the cache's. */
    public long reservedBytes() {
        return reservedBytes;
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
        new RequestCheck(decoder.vocabulary(), decoder.layout(), endTokens).check(request);
    }

    /** How many answers of so many tokens can be generated at once. */
    public int slotsFor(int promptTokens, int maxTokens) {
        return decoder.layout().slots(promptTokens + maxTokens - 1);
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
     * Ends what was cancelled, gives waiting requests their slots, reads on in prompts, and gives every running answer one
     * more token.
     *
     * @return how many answers have a slot; 0 means that there is nothing to do
     */
    public int poll() {
        endInterrupted();
        beginWaiting();
        int taking = slots.size();
        if (taking > 0) {
            step();
        }
        return taking;
    }

    private void endInterrupted() {
        for (Answer answer : slots.answers()) {
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

    /** Gives requests their slots, in order, while there are any. */
    private void beginWaiting() {
        Generation next = waiting.peek();
        while (next != null && slots.fits(next.request().samples(), depth(next.request()))) {
            waiting.remove();
            List<Answer> answers = answers(next);
            slots.add(answers);
            prefills.add(new Prefill(next, answers));
            next = waiting.peek();
        }
        noteReserved();
    }

    private void noteReserved() {
        occupied = slots.size();
        reservedBytes = slots.reservedPositions() * decoder.bytesPerToken();
    }

    private int depth(GenerationRequest request) {
        // The last token of an answer is not written.
        return decoder.layout()
                .depth(request.promptIds().length + request.stop().maxTokens() - 1);
    }

    private List<Answer> answers(Generation generation) {
        GenerationRequest request = generation.request();
        int first = request.firstSample();
        return IntStream.range(first, first + request.samples())
                .mapToObj(index ->
                        new Answer(generation, index, depth(request), endTokens, new TextStream(tokenizer, true)))
                .toList();
    }

    /** Positions of an answer's slot that hold something. */
    private int filled(Answer answer) {
        if (answer.begun()) {
            return answer.lastPosition();
        }
        return prefills.stream()
                .filter(prefill -> prefill.first() == answer)
                .mapToInt(Prefill::read)
                .sum();
    }

    private void step() {
        List<Answer> drawn = new ArrayList<>();
        StepInput input = decoder.input();
        input.begin();
        int running = putRunning(input, drawn);
        List<Prefill> read = putPrompts(input, drawn, allowance.tokens(running));
        decoder.draws().begin(drawn.size());
        drawn.forEach(answer -> answer.drawNext(decoder.draws()));
        StepResult result;
        long start = System.nanoTime();
        try {
            result = decoder.step();
            allowance.took(running, input.prompts(), System.nanoTime() - start);
            for (Prefill prefill : read) {
                keep(prefill);
            }
        } catch (RuntimeException e) { // the native library throws nothing more specific
            slots.answers().forEach(answer -> answer.generation().fail(e));
            prefixes.clear();
            releaseEnded();
            return;
        }
        report(read, result.prompts());
        int tokens = accept(drawn, result.chosen());
        int complete = (int) read.stream().filter(Prefill::complete).count();
        count(complete, input.prompts(), running > 0 ? 1 : 0, tokens);
        releaseEnded();
    }

    private void report(List<Prefill> read, List<double[]> parts) {
        Iterator<double[]> part = parts.iterator();
        for (Prefill prefill : read) {
            if (prefill.reports()) {
                prefill.report(part.next());
                if (prefill.complete()) {
                    PromptLogProbs logProbs = prefill.logProbs(decoder.vocabulary());
                    deliver(
                            prefill.first(),
                            () -> prefill.generation().listener().onPrompt(logProbs));
                }
            }
        }
    }

    /** Keeps what has been read of a prompt, and at its end gives it to all answers. */
    private void keep(Prefill prefill) {
        List<Answer> answers = slots.answers();
        int source = answers.indexOf(prefill.first());
        prefixes.store(prefill, source);
        if (!prefill.complete()) {
            return;
        }
        for (Answer answer : prefill.answers().subList(1, prefill.answers().size())) {
            decoder.copySlot(source, answers.indexOf(answer), prefill.promptIds().length);
        }
    }

    /** The last tokens of all answers that have one; how many these are. */
    private int putRunning(StepInput input, List<Answer> drawn) {
        List<Answer> answers = slots.answers();
        int end = answers.size();
        while (end > 0 && !answers.get(end - 1).begun()) {
            end--;
        }
        for (Answer answer : answers.subList(0, end)) {
            if (answer.begun()) {
                input.run(answer.lastId(), answer.lastPosition());
                drawn.add(answer);
            } else {
                input.idle();
            }
        }
        return drawn.size();
    }

    /** Reads on in the prompts in their order, up to so many tokens; those that were read in. */
    private List<Prefill> putPrompts(StepInput input, List<Answer> drawn, int most) {
        List<Prefill> read = new ArrayList<>();
        int left = most;
        for (Prefill prefill : prefills) {
            int slot = slots.answers().indexOf(prefill.first());
            if (!prefill.begun()) {
                if (waitsForPrefix(prefill)) {
                    continue;
                }
                prefill.begin();
                if (!prefill.reports()) {
                    prefixes.load(prefill, slot);
                }
            }
            int length = Math.min(left, prefill.left());
            if (length == 0) {
                break;
            }
            input.read(slot, prefill.promptIds(), prefill.read(), length);
            if (prefill.reports()) {
                input.report(
                        prefill.promptIds(),
                        prefill.read(),
                        length,
                        prefill.generation().request().report().alternatives());
            }
            prefill.advance(length);
            left -= length;
            if (prefill.complete()) {
                input.follow(prefill.answers().size());
                drawn.addAll(prefill.answers());
            }
            read.add(prefill);
        }
        prefills.removeIf(Prefill::complete);
        return read;
    }

    private boolean waitsForPrefix(Prefill late) {
        return prefills.stream()
                .takeWhile(early -> early != late)
                .anyMatch(early -> early.begun() && prefixes.pays(late, early));
    }

    private void count(int prompts, int promptTokens, int decodeSteps, int tokens) {
        statistics = new EngineStatistics(
                statistics.prefills() + prompts,
                statistics.prefilledTokens() + promptTokens,
                prefixes.reused(),
                statistics.decodeSteps() + decodeSteps,
                statistics.generatedTokens() + tokens,
                statistics.cacheBytes());
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

    /** Gives back the slots of answers that have ended, from the last on. */
    private void releaseEnded() {
        for (int slot = slots.size() - 1; slot >= 0; slot--) {
            Answer answer = slots.answers().get(slot);
            if (answer.ended()) {
                if (answer.generation().failed()) {
                    decoder.clearSlot(slot);
                }
                slots.remove(slot);
            }
        }
        prefills.removeIf(prefill -> prefill.first().ended());
        noteReserved();
    }

    /**
     * Times a step of an idle engine, and its parts.
     *
     * @param rows how many answers, at most the slots
     * @param position where their last tokens stand
     */
    public StepCosts measureStep(int rows, int position, SamplingParameters sampling, int repetitions) {
        if (slots.size() > 0) {
            throw new IllegalStateException("a step is measured while nothing runs, " + slots.size() + " answers do");
        }
        if (position < 0 || position >= contextLength() || rows < 1 || repetitions < 1) {
            throw new IllegalArgumentException("position must be from 0 to " + (contextLength() - 1)
                    + ", rows and repetitions >= 1, got " + position + ", " + rows + " and " + repetitions);
        }
        int most = decoder.layout().slots(position + 1);
        if (rows > most) {
            throw new IllegalArgumentException(
                    "rows must be at most " + most + " at position " + position + ", got " + rows);
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
        slots.answers().forEach(answer -> answer.generation().cancel(FinishReason.ABORTED));
        waiting.forEach(generation -> generation.cancel(FinishReason.ABORTED));
        endInterrupted();
        decoder.close();
    }
}
