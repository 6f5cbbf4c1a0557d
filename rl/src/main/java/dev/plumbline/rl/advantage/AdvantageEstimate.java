package dev.plumbline.rl.advantage;

/**
 * Advantages, and the returns a value function learns; both [sequence][token], 0 outside the mask, not to be modified.
 *
 * @param returns advantages + values
 */
@SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
public record AdvantageEstimate(float[][] advantages, float[][] returns) {}
