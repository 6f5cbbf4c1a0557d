package dev.plumbline.trainer.learn;

import dev.plumbline.lm.ForwardWork;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.torch.ComputeSettings;

/**
 * How much of what a model computes is there to make sequences equally long. That is so in attention alone; all other products
 * see no padding, and are counted with it.
 */
public final class Padding {
    /** Name of the figure. */
    public static final String WASTE = "padding/waste";

    private final ModelConfig config;
    private final ComputeSettings settings;
    private ForwardWork work = ForwardWork.NONE;

    /** Of what this model computes. */
    public Padding(TrainableModel model) {
        this(model.config(), model.settings());
    }

    Padding(ModelConfig config, ComputeSettings settings) {
        this.config = config;
        this.settings = settings;
    }

    /** Notes sequences that the calling thread has computed together. */
    public void add(MicroBatch microBatch) {
        work = work.plus(ForwardWork.of(microBatch, config, settings));
    }

    /** Share of the floating-point operations that {@link ForwardWork} counts, in [0, 1); 0 if there were none. */
    public double waste() {
        return work.paddingShare();
    }
}
