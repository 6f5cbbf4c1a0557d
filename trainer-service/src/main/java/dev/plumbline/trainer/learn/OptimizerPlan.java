package dev.plumbline.trainer.learn;

import dev.plumbline.lm.AdamW;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.rl.schedule.Schedule;

/**
 * How a model's weights move.
 *
 * @param peak learning rate that the schedule's factors multiply
 */
public record OptimizerPlan(AdamW adamW, double peak, Schedule schedule) {
    /**
     * The plan of a complete spec.
     *
     * @param steps optimizer steps of the whole run, over which the schedule stretches
     */
    public static OptimizerPlan of(Optimizer optimizer, long steps) {
        long warmUp = optimizer.getWarmupSteps();
        long rest = Math.max(1, steps - warmUp);
        Schedule then = switch (optimizer.getSchedule()) {
            case SCHEDULE_CONSTANT -> new Schedule.Constant();
            case SCHEDULE_LINEAR -> new Schedule.Linear(optimizer.getFinalFactor(), rest);
            case SCHEDULE_COSINE -> new Schedule.Cosine(optimizer.getFinalFactor(), rest);
            case SCHEDULE_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalArgumentException(
                        "schedule must be set in a complete spec, got " + optimizer.getSchedule());
        };
        return new OptimizerPlan(
                new AdamW(
                        optimizer.getBeta1(),
                        optimizer.getBeta2(),
                        optimizer.getEpsilon(),
                        optimizer.getWeightDecay(),
                        optimizer.getDecayAll(),
                        optimizer.getMaxGradientNorm()),
                optimizer.getLearningRate(),
                new Schedule.WarmUp(optimizer.getWarmupFactor(), warmUp, then));
    }

    /** The learning rate of an optimizer step, counted from 0. */
    public double learningRate(long step) {
        return peak * schedule.factor(step);
    }
}
