package dev.plumbline.lm.generate;

/** How threads can share a step, of which one way is compared with another. */
enum StepSharing {
    /** It has a single sequence, or a part of a single prompt. */
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

    /** The way in which threads wait less for each other. */
    StepWay sparing() {
        return sparing;
    }

    /** The way in which they have more to share. */
    StepWay spreading() {
        return spreading;
    }
}
