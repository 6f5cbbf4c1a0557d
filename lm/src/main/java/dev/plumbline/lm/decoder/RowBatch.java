package dev.plumbline.lm.decoder;

/**
 * Token ids padded to a rectangle, and the positions whose outputs are wanted. Arrays are not to be modified.
 *
 * @param ids [sequences * length], padded on the right with any token
 * @param rows the wanted positions, counted through the rectangle; at least one
 * @param targets under a causal head the token whose log-probability is wanted, one per row; else empty
 * @param temperature divides the logits, above 0
 */
@SuppressWarnings("ArrayRecordComponent") // numbers of a model: never compared, and too many to copy
public record RowBatch(long[] ids, int sequences, int length, long[] rows, long[] targets, float temperature) {
    public RowBatch {
        if (ids.length != sequences * length) {
            throw new IllegalArgumentException(
                    "ids must fill " + sequences + " rows of " + length + ", got " + ids.length);
        }
        if (rows.length == 0) {
            throw new IllegalArgumentException("rows must not be empty");
        }
        if (!(temperature > 0)) {
            throw new IllegalArgumentException("temperature must be > 0, got " + temperature);
        }
    }
}
