package dev.plumbline.lm.generate;

/**
 * Where the time of a decode step goes on this machine, each part timed on its own at the step's shapes: the best of some
 * repetitions, in nanoseconds.
 *
 * @param step the whole
 * @param products matrix products of all layers and of the head
 * @param attention of all layers
 * @param sampling of the tokens from the logits
 * @param transfer from Java to libtorch and back: the call, and the few numbers that travel; where a step is computed in halves,
 *     their meeting as well
 */
public record StepCosts(double step, double products, double attention, double sampling, double transfer) {
    /**
     * What is left of the step: the interpreter between operators, and the many small ones (normalisation, rotation, writing
     * to the cache), which cost little more than being dispatched.
     */
    public double dispatch() {
        return step - products - attention - sampling - transfer;
    }
}
