package dev.plumbline.lm.architecture;

/** What a tensor holds before anything is learned. */
public sealed interface Initialisation {
    /** Independent normal numbers of mean 0. */
    record Normal(double deviation) implements Initialisation {}

    /** The same as {@link Normal}, with one row of zeros: the embedding of the padding token. */
    record NormalButRow(double deviation, int zeroRow) implements Initialisation {}

    /** One number everywhere. */
    record Constant(float value) implements Initialisation {}
}
