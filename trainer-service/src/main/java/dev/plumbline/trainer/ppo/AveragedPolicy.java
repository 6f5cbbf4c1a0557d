package dev.plumbline.trainer.ppo;

import dev.plumbline.exchange.store.Staging;
import dev.plumbline.lm.WeightAverage;
import dev.plumbline.proto.trainer.v1.Ema;
import dev.plumbline.trainer.model.Publisher;
import java.nio.file.Path;
import java.util.Map;

/**
 * The moving average of a policy's weights, taken after every optimizer step.
 *
 * @param name of the model it is published as
 */
record AveragedPolicy(WeightAverage average, double decay, String name) {
    private static final String DIRECTORY = "average";

    /** Begins with the policy as it is now. */
    static AveragedPolicy begin(PpoLearners learners, Ema ema) {
        return new AveragedPolicy(learners.policy().average(), ema.getDecay(), ema.getOutput());
    }

    /** As a checkpoint has it. */
    static AveragedPolicy restore(Path checkpoint, PpoLearners learners, Ema ema) {
        AveragedPolicy average = begin(learners, ema);
        average.average.restore(checkpoint.resolve(DIRECTORY));
        return average;
    }

    void write(Path checkpoint) {
        average.save(checkpoint.resolve(DIRECTORY));
    }

    /** Writes it as the files of a version. */
    void writeModel(Staging version) {
        Publisher.save(average::save, version);
    }

    /** A lesson after each of whose updates the average is taken. */
    StepLearner.Lesson following(StepLearner.Lesson lesson) {
        return new StepLearner.Lesson() {
            @Override
            public boolean advance() {
                boolean updated = lesson.advance();
                if (updated) {
                    average.update(decay);
                }
                return updated;
            }

            @Override
            public long updates() {
                return lesson.updates();
            }

            @Override
            public long trained() {
                return lesson.trained();
            }

            @Override
            public double kl() {
                return lesson.kl();
            }

            @Override
            public Map<String, Double> figures() {
                return lesson.figures();
            }
        };
    }
}
