package dev.plumbline.rl.loss;

import dev.plumbline.rl.TokenMask;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * How the losses of tokens become one: each sequence's sum is divided by its normalizer, and these shares add up. The
 * normalizers follow from the mask of the <em>whole optimizer step</em>, so that the split into micro-batches never changes
 * the result.
 */
public sealed interface Aggregation {
    /**
     * One normalizer per sequence of an optimizer step, > 0; that of a sequence without tokens divides nothing.
     *
     * @param step tokens that are learnt from
     */
    double[] normalizers(TokenMask step);

    /** The mean over all tokens, in which a long answer weighs more (DAPO, Yu et al. 2025, eq. 12; TRL's bnpo). */
    record TokenMean() implements Aggregation {
        @Override
        public double[] normalizers(TokenMask step) {
            return uniform(step, Math.max(1, step.count()));
        }
    }

    /**
     * The mean over sequences of the mean over their tokens, so that every answer weighs the same (GRPO, Shao et al. 2024,
     * eq. 3).
     */
    record SequenceMean() implements Aggregation {
        @Override
        public double[] normalizers(TokenMask step) {
            return IntStream.range(0, step.rows())
                    .mapToDouble(row -> (double) step.rows() * Math.max(1, step.count(row)))
                    .toArray();
        }
    }

    /**
     * The sum over tokens divided by sequences × a length that does not depend on the answers (Dr. GRPO, Liu et al. 2025,
     * section 3.2), so that neither long nor short ones are favoured.
     *
     * @param length tokens, usually the most that an answer may have
     */
    record FixedLength(int length) implements Aggregation {
        public FixedLength {
            if (length < 1) {
                throw new IllegalArgumentException("length must be >= 1 token, got " + length);
            }
        }

        @Override
        public double[] normalizers(TokenMask step) {
            return uniform(step, (double) step.rows() * length);
        }
    }

    private static double[] uniform(TokenMask step, double normalizer) {
        double[] normalizers = new double[step.rows()];
        Arrays.fill(normalizers, normalizer);
        return normalizers;
    }
}
