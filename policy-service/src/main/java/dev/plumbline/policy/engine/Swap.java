package dev.plumbline.policy.engine;

/** What becomes of answers that have not ended when a newer version takes the place of theirs. */
public enum Swap {
    /** They end on the version they began with. */
    FINISH,
    /** They go on with the newer one, unless their version was asked for by name. */
    CONTINUE
}
