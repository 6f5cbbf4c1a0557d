package dev.plumbline.lm.generate;

import dev.plumbline.lm.text.TextStream;
import dev.plumbline.lm.text.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

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
    private final PromptReading reading;
    private final EngineStep step;

    private volatile int occupied;
    private volatile long reservedBytes;
    private volatile boolean closed;

    /**
     * Reads a causal model and takes the memory of its cache.
     *
     * @param tokenizer the checkpoint's; stays the caller's to close, after the engine
     * @param memory where it is taken from and given back to when the engine is closed
     * @throws dev.plumbline.lm.architecture.InvalidModelException if the checkpoint cannot be used
     */
    public GenerationEngine(
            Path checkpointDirectory, Tokenizer tokenizer, EngineSettings settings, CacheMemory memory) {
        this(checkpointDirectory, tokenizer, settings, memory, ProductForms.Choice.MEASURED);
    }

    /** An engine by itself, which hands its memory on to no other. */
    public GenerationEngine(Path checkpointDirectory, Tokenizer tokenizer, EngineSettings settings) {
        this(checkpointDirectory, tokenizer, settings, new CacheMemory());
    }

    GenerationEngine(
            Path checkpointDirectory,
            Tokenizer tokenizer,
            EngineSettings settings,
            CacheMemory memory,
            ProductForms.Choice products) {
        this.settings = settings;
        this.tokenizer = tokenizer;
        this.endTokens = EndTokens.read(checkpointDirectory, tokenizer);
        this.decoder = SlotDecoder.load(checkpointDirectory, settings, memory, products);
        this.slots = new SlotTable(decoder.layout(), this::copy);
        this.reading = new PromptReading(decoder, slots, !settings.deterministic());
        this.step = new EngineStep(decoder, slots, reading, settings.prefillTokens());
    }

    private void copy(Answer answer, int from, int to) {
        decoder.memory().copy(from, to, answer.begun() ? answer.lastPosition() : reading.read(answer));
    }

    /** Tokens that a prompt and its answer may have together. */
    public int contextLength() {
        return decoder.layout().capacity();
    }

    /** What products with weights are computed in, as it was decided when the model was loaded: FLOAT32 or BFLOAT16. */
    public Precision precision() {
        return decoder.precision();
    }

    /** What keys and values are kept in, likewise. */
    public Precision cachePrecision() {
        return decoder.cachePrecision();
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
        return step.statistics();
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
            step.take();
            noteReserved();
        }
        return taking;
    }

    /**
     * Ends what was cancelled and nothing else: what {@link #poll} begins with, for an engine that stands still.
     *
     * @return how many answers and requests left; 0 means that there was nothing to do
     */
    public int endCancelled() {
        int before = slots.size() + waiting.size();
        endInterrupted();
        noteReserved();
        return before - slots.size() - waiting.size();
    }

    private void endInterrupted() {
        for (Answer answer : slots.answers()) {
            answer.generation()
                    .interruption()
                    .ifPresent(reason -> EngineStep.deliver(answer, () -> answer.interrupt(reason)));
        }
        step.releaseEnded();
        noteReserved();
        for (Generation generation : List.copyOf(waiting)) {
            Optional<FinishReason> reason = generation.interruption();
            if (reason.isPresent() && waiting.remove(generation)) {
                for (Answer answer : answers(generation)) {
                    EngineStep.deliver(answer, () -> answer.interrupt(reason.get()));
                }
            }
        }
    }

    /** Gives requests their slots, in order, while there are any. */
    private void beginWaiting() {
        Generation next = waiting.peek();
        while (next != null && slots.fits(depths(next.request()))) {
            waiting.remove();
            begin(answers(next));
            next = waiting.peek();
        }
        noteReserved();
    }

    /**
     * Lets requests go on in another engine, with its weights: waiting ones as they are, and running ones with the tokens,
     * text and random numbers that they have. Nothing of this engine's cache is used there: what an answer has said is
     * read again. Between two steps of both, on the one thread that drives them.
     *
     * @param generations of this engine; those that have ended are passed over
     * @return whether they do; if the other's tokens or lengths are not the same, or not all find a slot at once, all of
     *     them stay
     */
    public boolean handOver(Collection<Generation> generations, GenerationEngine heir) {
        List<Answer> leaving = slots.answers().stream()
                .filter(answer -> generations.contains(answer.generation()))
                .toList();
        List<Generation> queued = waiting.stream().filter(generations::contains).toList();
        boolean fit = heir.slots.fits(leaving.stream().map(Answer::depth).toList())
                && queued.stream().allMatch(generation -> heir.canHold(generation.request()));
        if (!heir.understands(this) || !fit) {
            return false;
        }
        leaving.forEach(answer -> answer.move(heir.tokenizer));
        leave(leaving);
        heir.adopt(leaving);
        waiting.removeAll(queued);
        heir.waiting.addAll(queued);
        return true;
    }

    /** Whether ids and lengths mean the same in both. */
    private boolean understands(GenerationEngine other) {
        return tokenizer.digest().equals(other.tokenizer.digest())
                && decoder.vocabulary() == other.decoder.vocabulary()
                && endIds().equals(other.endIds())
                && contextLength() == other.contextLength();
    }

    private boolean canHold(GenerationRequest request) {
        return request.samples()
                <= slotsFor(request.promptIds().length, request.stop().maxTokens());
    }

    private void leave(List<Answer> leaving) {
        reading.drop(leaving);
        for (int slot = slots.size() - 1; slot >= 0; slot--) {
            if (leaving.contains(slots.answers().get(slot))) {
                slots.remove(slot);
            }
        }
        noteReserved();
    }

    private void adopt(List<Answer> answers) {
        // Answers that have no token yet still share their prompt.
        Map<Generation, List<Answer>> silent = answers.stream()
                .filter(answer -> answer.tokens() == 0)
                .collect(Collectors.groupingBy(Answer::generation, LinkedHashMap::new, Collectors.toList()));
        Stream.concat(answers.stream().filter(answer -> answer.tokens() > 0).map(List::of), silent.values().stream())
                .forEach(this::begin);
        noteReserved();
    }

    private void begin(List<Answer> answers) {
        slots.add(answers);
        reading.add(new Prefill(answers));
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

    private List<Integer> depths(GenerationRequest request) {
        return Collections.nCopies(request.samples(), depth(request));
    }

    private List<Answer> answers(Generation generation) {
        GenerationRequest request = generation.request();
        int first = request.firstSample();
        return IntStream.range(first, first + request.samples())
                .mapToObj(index ->
                        new Answer(generation, index, depth(request), endTokens, new TextStream(tokenizer, true)))
                .toList();
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
