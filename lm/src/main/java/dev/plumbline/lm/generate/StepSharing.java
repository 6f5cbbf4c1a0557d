package dev.plumbline.lm.generate;

import java.util.Optional;

/** How threads can share a step, of which one way is compared with another. */
enum StepSharing {
    /** It cannot be cut: it has a single sequence or a part of a single prompt, or is not computed by the processor. */
    WHOLE(StepWay.ONE, StepWay.ALL),
    /** It can be cut, but one half would have most of it, such as a long part of a prompt beside running sequences. */
    UNEVEN(StepWay.HALVES, StepWay.ALL),
    /** It can be cut in two halves of about as many tokens. */
    EVEN(StepWay.ONE, StepWay.HALVES);

    private final StepWay sparing;
    private final StepWay spreading;

    StepSharing(StepWay sparing, StepWay spreading) {
        this.sparing = sparing;
        this.spreading = spreading;
    }

    /** Of a step that can be cut so, or not at all. */
    static StepSharing of(Optional<StepCut> cut) {
        return cut.map(StepCut::sharing).orElse(WHOLE);
    }

    /** The way in which threads meet less. */
    StepWay sparing() {
        return sparing;
    }

    /** The way that spreads the work over more threads, or more evenly. */
    StepWay spreading() {
        return spreading;
    }
}
