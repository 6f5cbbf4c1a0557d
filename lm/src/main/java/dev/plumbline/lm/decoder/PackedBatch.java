package dev.plumbline.lm.decoder;

/**
 * Token ids side by side without padding, and the positions whose outputs are wanted. A beginning that several sequences
 * share is there once, as a root; branches continue it. Arrays are not to be modified.
 *
 * @param ids [tokens]
 * @param positions [tokens]: where each stands in its sequence
 * @param roots which token stands where, each root a row; tokens that see nothing before their row
 * @param lengths per root, how many of its places are used
 * @param branches which token stands where, each branch a row; may be empty
 * @param rootOf per branch, the root it continues
 * @param back [tokens]: where each stands, counted through the roots and then the branches; empty if the tokens as they lie
 *     side by side are the roots, row by row
 * @param rows the wanted tokens; at least one
 * @param targets under a causal head the token whose log-probability is wanted, one per row; else empty
 * @param temperature divides the logits, above 0
 * @param seeds [tokens]: those of their sequences, which dropout draws from; empty where nothing is drawn
 */
@SuppressWarnings("ArrayRecordComponent") // numbers of a model: never compared, and too many to copy
public record PackedBatch(
        long[] ids,
        long[] positions,
        Rectangle roots,
        long[] lengths,
        Rectangle branches,
        long[] rootOf,
        long[] back,
        long[] rows,
        long[] targets,
        float temperature,
        long[] seeds) {

    /**
     * Tokens in rows of one width.
     *
     * @param places [rows * width] tokens, row by row; 0 where there is none
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Rectangle(long[] places, int width) {
        public int rows() {
            return width == 0 ? 0 : places.length / width;
        }
    }

    public PackedBatch {
        requireLength("positions", positions, ids.length);
        if (back.length > 0) {
            requireLength("back", back, ids.length);
        } else {
            requireLength("roots", roots.places(), ids.length);
        }
        requireLength("lengths", lengths, roots.rows());
        requireLength("rootOf", rootOf, branches.rows());
        if (seeds.length > 0) {
            requireLength("seeds", seeds, ids.length);
        }
        if (rows.length == 0) {
            throw new IllegalArgumentException("rows must not be empty");
        }
        if (!(temperature > 0)) {
            throw new IllegalArgumentException("temperature must be > 0, got " + temperature);
        }
    }

    /** Per branch, how many of its places are used. */
    public int[] branchLengths() {
        int[] used = new int[branches.rows()];
        for (long place : back) {
            long inBranches = place - roots.places().length;
            if (inBranches >= 0) {
                used[(int) (inBranches / branches.width())]++;
            }
        }
        return used;
    }

    private static void requireLength(String name, long[] array, int length) {
        if (array.length != length) {
            throw new IllegalArgumentException(name + " must have " + length + " elements, got " + array.length);
        }
    }
}
