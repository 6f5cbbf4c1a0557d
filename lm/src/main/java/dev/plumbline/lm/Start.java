package dev.plumbline.lm;

import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.architecture.Initialisation;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.checkpoint.Checkpoint;
import dev.plumbline.lm.checkpoint.RandomWeights;
import dev.plumbline.lm.checkpoint.WeightSource;

/** What a model that learns starts from. */
public sealed interface Start {
    /** The head of the model that starts. */
    HeadKind head(ModelConfig stored);

    /** Where its weights come from. */
    WeightSource weights(Checkpoint checkpoint, DecoderLayout layout);

    /** The directory's weights and head. */
    record AsStored() implements Start {
        @Override
        public HeadKind head(ModelConfig stored) {
            return stored.head();
        }

        @Override
        public WeightSource weights(Checkpoint checkpoint, DecoderLayout layout) {
            return checkpoint;
        }
    }

    /** The directory's weights if it holds any, else random ones as transformers initialises the family. */
    record StoredOrRandom(long seed) implements Start {
        @Override
        public HeadKind head(ModelConfig stored) {
            return stored.head();
        }

        @Override
        public WeightSource weights(Checkpoint checkpoint, DecoderLayout layout) {
            return checkpoint.hasWeights() ? checkpoint : new RandomWeights(seed);
        }
    }

    /**
     * A reward model: the directory's layers under a new score head, whose weights are normal with deviation
     * 1 / sqrt(hidden + 1) (Stiennon et al. 2020).
     */
    record RewardHead(long seed) implements Start {
        @Override
        public HeadKind head(ModelConfig stored) {
            return HeadKind.SCORE;
        }

        @Override
        public WeightSource weights(Checkpoint checkpoint, DecoderLayout layout) {
            double deviation = 1 / Math.sqrt(layout.config().hiddenSize() + 1.0);
            return newHead(checkpoint, layout, new Initialisation.Normal(deviation), new RandomWeights(seed));
        }
    }

    /** A critic: the directory's layers under a new score head of zeros, so that all values start at 0. */
    record ValueHead() implements Start {
        @Override
        public HeadKind head(ModelConfig stored) {
            return HeadKind.SCORE;
        }

        @Override
        public WeightSource weights(Checkpoint checkpoint, DecoderLayout layout) {
            return newHead(checkpoint, layout, new Initialisation.Constant(0), new RandomWeights(0));
        }
    }

    private static WeightSource newHead(
            Checkpoint trunk, DecoderLayout layout, Initialisation initialisation, WeightSource head) {
        return (tensor, target) -> {
            if (tensor.name().equals(layout.head())) {
                head.read(new TensorSpec(tensor.name(), tensor.shape(), initialisation), target);
            } else {
                trunk.read(tensor, target);
            }
        };
    }
}
