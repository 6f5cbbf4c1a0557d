package dev.plumbline.lm.generate;

import dev.plumbline.lm.text.TextStream;
import dev.plumbline.lm.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** One answer while it is generated: its tokens, its text so far, and whether it has ended. */
final class Answer {
    private static final int[] NOTHING = {};

    private final Generation generation;
    private final int index;
    private final int depth;
    private final EndTokens endTokens;
    private final TextStream stream;
    private final StopScanner scanner;
    private final int[] ids;
    private final float[] logProbs;
    private final float[] rawLogProbs;
    private final List<TopLogProbs> top = new ArrayList<>();
    private final LogitChanges changes;
    private final StringBuilder text = new StringBuilder();
    private int count;
    private boolean begun;
    private Optional<FinishReason> finish = Optional.empty();

    /**
     * @param index of the answer among those to its prompt
     * @param depth levels of the cache that it may reach into
     */
    Answer(Generation generation, int index, int depth, EndTokens endTokens, TextStream stream) {
        StopConditions stop = generation.request().stop();
        this.generation = generation;
        this.index = index;
        this.depth = depth;
        this.endTokens = endTokens;
        this.stream = stream;
        this.scanner = new StopScanner(stop.stopStrings());
        this.ids = new int[stop.maxTokens()];
        this.logProbs = new float[stop.maxTokens()];
        this.rawLogProbs = new float[stop.maxTokens()];
        this.changes = new LogitChanges(
                generation.request().sampling(), generation.request().promptIds());
    }

    Generation generation() {
        return generation;
    }

    int depth() {
        return depth;
    }

    /** Whether its slot holds the prompt and all of its tokens but the last, of which there is one at least. */
    boolean begun() {
        return begun;
    }

    /** How many tokens it has. */
    int tokens() {
        return count;
    }

    /** What its slot holds before its next token is drawn: the prompt and its tokens so far, or all but the last of given ones. */
    int[] ids() {
        GenerationRequest request = generation.request();
        return request.isGiven()
                ? joined(request.promptIds(), request.given(), request.given().length - 1)
                : joined(request.promptIds(), ids, count);
    }

    /** The prompt and all of its given tokens. */
    int[] known() {
        GenerationRequest request = generation.request();
        return joined(request.promptIds(), request.given(), request.given().length);
    }

    private static int[] joined(int[] prompt, int[] tokens, int count) {
        int[] all = Arrays.copyOf(prompt, prompt.length + count);
        System.arraycopy(tokens, 0, all, prompt.length, count);
        return all;
    }

    /** Leaves its slot, and what the slot holds, to go on in one that holds nothing of it. */
    void move(Tokenizer tokenizer) {
        begun = false;
        stream.continueWith(tokenizer);
    }

    boolean ended() {
        return finish.isPresent() || generation.failed();
    }

    /** Whether it has come to its end by itself. */
    boolean complete() {
        return !generation.failed()
                && finish.filter(reason -> !reason.interrupted()).isPresent();
    }

    int lastId() {
        return ids[count - 1];
    }

    /** Where the last token stands in prompt and answer; the slot holds all tokens before it. */
    int lastPosition() {
        return generation.request().promptIds().length + count - 1;
    }

    /** Adds the row that draws this answer's next token. */
    void drawNext(StepDraws draws) {
        GenerationRequest request = generation.request();
        double uniform = CounterRandom.uniform(request.seed(), index, count);
        int alternatives = request.report().alternatives();
        draws.add(new Draw(uniform, request.sampling(), changes, forbidden(), alternatives));
    }

    private int[] forbidden() {
        StopConditions stop = generation.request().stop();
        if (count >= stop.minTokens()) {
            return NOTHING;
        }
        int[] ends = stop.ignoreEos() ? NOTHING : endTokens.ids();
        int[] all = Arrays.copyOf(ends, ends.length + stop.stopTokens().length);
        System.arraycopy(stop.stopTokens(), 0, all, ends.length, stop.stopTokens().length);
        return all;
    }

    /** Takes the next token and tells the listener. */
    void accept(GeneratedToken token) {
        ids[count] = token.id();
        logProbs[count] = token.logProb();
        rawLogProbs[count] = token.rawLogProb();
        if (generation.request().report().alternatives() > 0) {
            top.add(token.top());
        }
        count++;
        begun = true;
        changes.accept(token.id());
        String delta = textDelta(token.id());
        text.append(delta);
        generation.listener().onToken(index, token, delta);
        if (finish.isPresent()) {
            generation.listener().onSample(sample(finish.get()));
        }
    }

    /** What the token adds to the text; decides whether it ends the answer. */
    private String textDelta(int id) {
        StopConditions stop = generation.request().stop();
        boolean mayStop = count >= stop.minTokens();
        String delta = "";
        if (!stop.ignoreEos() && endTokens.contains(id)) {
            finish = Optional.of(FinishReason.EOS);
        } else if (EndTokens.indexOf(stop.stopTokens(), id) >= 0) {
            finish = Optional.of(FinishReason.STOP_TOKEN);
        } else {
            String piece = stream.accept(id);
            delta = mayStop ? scanner.accept(piece) : scanner.pass(piece);
            if (scanner.stopped()) {
                finish = Optional.of(FinishReason.STOP_STRING);
            } else if (count == stop.maxTokens()) {
                finish = Optional.of(FinishReason.LENGTH);
            }
        }
        if (finish.isPresent() && !scanner.stopped()) {
            // What was held back may still hold a stop string before its cut character.
            delta += scanner.accept(stream.rest());
            if (scanner.stopped()) {
                finish = Optional.of(FinishReason.STOP_STRING);
            } else {
                delta += scanner.rest();
            }
        }
        return delta;
    }

    /** Ends an answer whose tokens are given, and have all been read. */
    void accept(GivenLogProbs given) {
        finish = Optional.of(FinishReason.LENGTH);
        generation.listener().onGiven(given);
    }

    /** Ends the answer from outside, with what it has. */
    void interrupt(FinishReason reason) {
        finish = Optional.of(reason);
        generation.listener().onSample(sample(reason));
    }

    private GeneratedSample sample(FinishReason reason) {
        return new GeneratedSample(
                index,
                Arrays.copyOf(ids, count),
                text.toString(),
                Arrays.copyOf(logProbs, count),
                Arrays.copyOf(rawLogProbs, count),
                top,
                reason);
    }
}
