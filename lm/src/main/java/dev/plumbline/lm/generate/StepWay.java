package dev.plumbline.lm.generate;

/** How a step is computed. */
enum StepWay {
    /** On one thread. */
    ONE(1),
    /** Every operation on all threads. */
    ALL(1),
    /** As two parts side by side, each on half of the threads, which wait for each other only at the end. */
    HALVES(2);

    private final int parts;

    StepWay(int parts) {
        this.parts = parts;
    }

    int parts() {
        return parts;
    }
}
