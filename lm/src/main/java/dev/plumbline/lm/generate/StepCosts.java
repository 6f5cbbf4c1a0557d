package dev.plumbline.lm.generate;

/**
 * Where the time of a decode step goes on this machine, each part timed on its own at the step's shapes: the best of some
 * repetitions, in nanoseconds.
 *
 * @param step the whole
 * @param products matrix products of all layers and of the head
 * @param attention of all layers
 * @param choice of the tokens from the logits
 * @param call from Java to libtorch and back, with the few numbers that travel
 */
public record StepCosts(double step, double products, double attention, double choice, double call) {
    /** What is left of the step: normalisation, rotation, writing to the cache, and the interpreter between operators. */
    public double rest() {
        return step - products - attention - choice - call;
    }
}
