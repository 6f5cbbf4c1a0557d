package dev.plumbline.lm.decoder;

import dev.plumbline.lm.random.CounterHash;
import java.util.Optional;

/**
 * Dropout of the residual branches (Srivastava et al. 2014; {@code resid_pdrop} in GPT-2): of what attention and MLP add to the
 * residual stream each element is left out with probability p, and the others are divided by 1 - p.
 *
 * <p>Whether an element is left out is a function of its sequence's seed, its token's position, its layer, which of the two
 * branches it is of, and its column: neither other sequences nor their order, nor that a layer is computed again, change it.
 * A token's key is a hash of seed and position, and an element's number one of key and place, 16 bits of it, so that p is
 * rounded to a multiple of 2^-16.
 */
final class Dropout {
    private static final int BITS = 16;

    /** A number of 64 bits is enough for so many columns. */
    private static final int COLUMNS = Long.SIZE / BITS;

    /** Elements whose bits are less, as the uppermost ones of a number with a sign, are left out. */
    private final long limit;

    /** 1 / (1 - p), of the p by which elements are really left out. */
    private final double scale;

    /** Of the residual stream. */
    private final int width;

    private Dropout(double probability, int width) {
        int leftOut = (int) Math.min(Math.round(probability * (1 << BITS)), (1 << BITS) - 1);
        this.limit = (leftOut + (long) Short.MIN_VALUE) << (Long.SIZE - BITS);
        this.scale = (double) (1 << BITS) / ((1 << BITS) - leftOut);
        this.width = width;
    }

    /** None if the probability is 0. */
    static Optional<Dropout> of(double probability, int width) {
        return probability == 0 ? Optional.empty() : Optional.of(new Dropout(probability, width));
    }

    /** Per token, what its elements are drawn from. */
    static long[] keys(PackedBatch batch) {
        long[] keys = new long[batch.ids().length];
        for (int token = 0; token < keys.length; token++) {
            keys[token] = CounterHash.of(CounterHash.mix(batch.seeds()[token]), batch.positions()[token]);
        }
        return keys;
    }

    /** The methods that what is written here calls. */
    static String methods() {
        return DecoderSource.resource("dropout.py");
    }

    /**
     * Writes the addition of {@code h} to {@code x}, [1, N, width] each, with the tokens' {@code keys} [1, N, 1].
     *
     * @param branch counted through the layers, two for each
     */
    void writeAddition(Statements body, int branch) {
        int words = (width + COLUMNS - 1) / COLUMNS;
        body.add("kept = self.kept(keys, %d, %d, %d, %d)", (long) branch * words, words, width, limit);
        // A product with booleans keeps a byte for each element, and takes a third of masked_fill's time.
        body.add("x = torch.add(x, torch.mul(h, kept), alpha=%s)", Double.toString(scale));
    }
}
