package dev.plumbline.lm.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.plumbline.lm.torch.Argument;
import java.util.ArrayList;
import java.util.List;

/**
 * A decoder's weights with gradients of their own. The weights are in memory once, so that the optimizer moves them in all
 * replicas, but what one replica is taught touches nothing of another's.
 */
final class Replica {
    private final Decoder decoder;
    private final NDList weights;
    private final NDList gradients = new NDList();

    private Replica(Decoder decoder, NDList weights) {
        this.decoder = decoder;
        this.weights = weights;
        NDList learned = decoder.learned(weights);
        learned.forEach(weight -> weight.setRequiresGradient(true));
        try (NDManager scope = decoder.owner().newSubManager()) {
            decoder.kernels().record(scope, "make_gradients", Argument.of(learned));
        }
        learned.forEach(weight -> gradients.add(weight.getGradient()));
    }

    /** The decoder's own tensors. */
    static Replica own(Decoder decoder) {
        return new Replica(decoder, decoder.weights());
    }

    /** Other tensors in the same memory; lives as long as the decoder. */
    static Replica beside(Decoder decoder) {
        return new Replica(decoder, decoder.kernels().record(decoder.owner(), "views", Argument.of(decoder.weights())));
    }

    /** In the order of the tensors that learn. */
    NDList gradients() {
        return gradients;
    }

    /** Begins to learn a batch; one at a time. */
    Pass open(PackedBatch batch) {
        return new Pass(batch);
    }

    /** One forward pass, and one backward pass on the same graph; each may have a thread of its own. */
    final class Pass implements AutoCloseable {
        private final NDManager scope = decoder.owner().newSubManager();
        private final PackedBatch batch;
        private final Argument[] arguments;
        private NDList recorded = new NDList();

        Pass(PackedBatch batch) {
            this.batch = batch;
            this.arguments = decoder.learningArguments(scope, batch, weights);
        }

        /** The outputs, as {@link Decoder#evaluate} gives them. */
        List<float[]> forward() {
            recorded = decoder.kernels().record(scope, "forward", arguments);
            int outputs = batch.targets().length > 0 ? 2 : 1;
            return recorded.subNDList(1).stream()
                    .limit(outputs)
                    .map(NDArray::toFloatArray)
                    .toList();
        }

        /** Adds to the gradients what follows from the derivatives of the outputs. */
        void backward(List<float[]> derivatives) {
            NDList nativeDerivatives = new NDList();
            for (float[] derivative : derivatives) {
                nativeDerivatives.add(scope.create(derivative));
            }
            List<Argument> all = new ArrayList<>(List.of(Argument.of(recorded), Argument.of(nativeDerivatives)));
            all.addAll(List.of(arguments));
            all.add(Argument.of(gradients));
            decoder.kernels().record(scope, "backward", all.toArray(Argument[]::new));
        }

        @Override
        public void close() {
            scope.close();
        }
    }
}
