package dev.plumbline.trainer.sft;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.trainer.learn.ExampleOrder;
import dev.plumbline.trainer.learn.Sequences;
import java.util.List;

/**
 * Plain texts beside demonstrations. Which texts a batch gets follows from how many demonstrations came before it, so that
 * a resumed run needs nothing but its step.
 */
final class TextMix {
    private final List<TokenSequence> texts;
    private final ExampleOrder order;
    private final double perDemonstration;

    /** @param share of the texts among all examples of a batch, in (0, 1) */
    TextMix(List<TokenSequence> texts, double share, long seed) {
        this.texts = texts;
        this.order = ExampleOrder.endless(texts.size(), seed);
        this.perDemonstration = share / (1 - share);
    }

    /**
     * The texts of a batch, possibly none.
     *
     * @param from demonstrations before the batch
     * @param to and after it
     */
    List<TokenSequence> beside(long from, long to) {
        long first = (long) Math.floor(perDemonstration * from);
        long end = (long) Math.floor(perDemonstration * to);
        return Sequences.select(texts, order.slice(first, Math.toIntExact(end - first)));
    }
}
