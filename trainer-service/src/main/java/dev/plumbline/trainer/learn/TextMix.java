package dev.plumbline.trainer.learn;

import dev.plumbline.lm.TokenSequence;
import java.util.List;

/**
 * Plain texts beside other examples. Which texts a batch gets follows from how many examples came before it, so that this
 * number is all that a checkpoint has to hold.
 */
public final class TextMix {
    private final List<TokenSequence> texts;
    private final ExampleOrder order;
    private final double perExample;

    /**
     * A mix by how many texts go beside an example.
     *
     * @param perExample texts for each of the other examples; a fraction is carried over to the next batch
     */
    public TextMix(List<TokenSequence> texts, double perExample, long seed) {
        this.texts = texts;
        this.order = ExampleOrder.endless(texts.size(), seed);
        this.perExample = perExample;
    }

    /**
     * A mix by how much of a batch is texts.
     *
     * @param share of the texts among all examples of a batch, in (0, 1)
     */
    public static TextMix ofShare(List<TokenSequence> texts, double share, long seed) {
        return new TextMix(texts, share / (1 - share), seed);
    }

    /**
     * The texts of a batch, possibly none.
     *
     * @param from examples before the batch
     * @param to and after it
     */
    public List<TokenSequence> beside(long from, long to) {
        long first = textsBefore(from);
        return Sequences.select(texts, order.slice(first, Math.toIntExact(textsBefore(to) - first)));
    }

    /** How many texts came beside so many examples. */
    public long textsBefore(long examples) {
        return (long) Math.floor(perExample * examples);
    }
}
