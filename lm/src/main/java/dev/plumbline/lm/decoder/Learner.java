package dev.plumbline.lm.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.checkpoint.TensorContent;
import dev.plumbline.lm.checkpoint.TrainingStateFile;
import dev.plumbline.lm.checkpoint.TrainingStateFile.Moment;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.Kernels;
import dev.plumbline.lm.torch.SideBySide;
import dev.plumbline.lm.torch.Torch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a decoder needs to learn: gradients and AdamW's moments of the tensors that learn, and the number of its steps. One
 * caller at a time.
 */
public final class Learner {
    private final Decoder decoder;
    private final List<TensorSpec> learned;
    private final NDList weights;
    private final Replica own;
    private final NDList gradients;
    private final NDList means = new NDList();
    private final NDList squares = new NDList();
    private final NDArray steps;
    private final List<Group> groups;

    /** Learns beside the own one, from the first time on that two batches are learnt side by side. */
    private Optional<Replica> beside = Optional.empty();

    /** Whether gradients of it wait to be added to the others. */
    private boolean apart;

    /** Tensors that decay alike. */
    private static final class Group {
        private final boolean usuallyDecays;
        private final NDList weights = new NDList();
        private final NDList gradients = new NDList();
        private final NDList means = new NDList();
        private final NDList squares = new NDList();

        Group(boolean usuallyDecays) {
            this.usuallyDecays = usuallyDecays;
        }
    }

    /** Gradients and moments live as long as the decoder. */
    public Learner(Decoder decoder) {
        this.decoder = decoder;
        this.learned = decoder.parameters().learned();
        this.weights = decoder.learned(decoder.weights());
        this.own = Replica.own(decoder);
        this.gradients = own.gradients();
        NDManager owner = decoder.owner();
        for (NDArray weight : weights) {
            means.add(owner.zeros(weight.getShape()));
            squares.add(owner.zeros(weight.getShape()));
        }
        steps = owner.zeros(new Shape());
        groups = Stream.of(group(true), group(false))
                .filter(group -> !group.weights.isEmpty())
                .toList();
    }

    private Group group(boolean usuallyDecays) {
        Group group = new Group(usuallyDecays);
        for (int i = 0; i < learned.size(); i++) {
            if (decoder.layout().decays(learned.get(i)) == usuallyDecays) {
                group.weights.add(weights.get(i));
                group.gradients.add(gradients.get(i));
                group.means.add(means.get(i));
                group.squares.add(squares.get(i));
            }
        }
        return group;
    }

    /**
     * One forward pass, the loss, one backward pass on the same graph, whose gradients are added to those so far. Two batches
     * are computed side by side, and have one loss.
     *
     * @param batches at most two; with two, one more copy of all gradients is in memory from then on
     * @param loss from the outputs, as {@link Decoder#evaluate} gives them, to the derivatives of the same shapes; of
     *     log-probabilities alone if those of the entropies are zero
     */
    public void accumulate(List<PackedBatch> batches, UnaryOperator<List<List<float[]>>> loss) {
        batches.forEach(decoder::requireSeeds);
        List<Replica.Pass> passes = open(batches);
        try {
            List<List<float[]>> derivatives =
                    loss.apply(SideBySide.map(decoder.settings(), passes, Replica.Pass::forward));
            apart |= passes.size() > 1;
            List<Integer> numbers = IntStream.range(0, passes.size()).boxed().toList();
            SideBySide.map(decoder.settings(), numbers, number -> {
                passes.get(number).backward(derivatives.get(number));
                return number;
            });
        } finally {
            passes.forEach(Replica.Pass::close);
        }
    }

    private List<Replica.Pass> open(List<PackedBatch> batches) {
        if (batches.size() < 2) {
            return batches.stream().map(own::open).toList();
        }
        Replica other = beside.orElseGet(() -> Replica.beside(decoder));
        beside = Optional.of(other);
        return List.of(own.open(batches.get(0)), other.open(batches.get(1)));
    }

    /** Adds up the gradients of both replicas, always in the same order. */
    private void gather() {
        if (apart) {
            try (NDManager scope = decoder.owner().newSubManager()) {
                decoder.kernels()
                        .infer(
                                scope,
                                "take_over",
                                Argument.of(gradients),
                                Argument.of(beside.orElseThrow().gradients()));
            }
            apart = false;
        }
    }

    /** Global L2 norm of the gradients. */
    public double gradientNorm() {
        gather();
        try (NDManager scope = decoder.owner().newSubManager()) {
            return decoder.kernels()
                    .infer(scope, "gradient_norm", Argument.of(gradients))
                    .get(0)
                    .getFloat();
        }
    }

    /** Global L2 norm of what is added to the gradients meanwhile; takes a copy of them for as long. */
    public double normOfAdded(Runnable addition) {
        gather();
        try (NDManager scope = decoder.owner().newSubManager()) {
            NDList before = decoder.kernels().infer(scope, "copies", Argument.of(gradients));
            addition.run();
            gather();
            return decoder.kernels()
                    .infer(scope, "added_norm", Argument.of(gradients), Argument.of(before))
                    .get(0)
                    .getFloat();
        }
    }

    /**
     * Clips if {@code maxGradientNorm > 0}, takes one AdamW step with decoupled weight decay (Loshchilov and Hutter
     * 2019) of all matrices but embeddings, or of everything, unless the norm is NaN or infinite, and sets the gradients to zero.
     *
     * @return the norm before clipping
     */
    public double step(AdamWNumbers numbers) {
        gather();
        try (NDManager scope = decoder.owner().newSubManager()) {
            Kernels kernels = decoder.kernels();
            double norm = kernels.infer(scope, "clip", Argument.of(gradients), Argument.of(numbers.maxGradientNorm()))
                    .get(0)
                    .getFloat();
            if (Double.isFinite(norm)) {
                kernels.infer(scope, "advance", Argument.of(steps));
                groups.forEach(group -> step(scope, group, numbers));
            }
            kernels.infer(scope, "zero", Argument.of(gradients));
            return norm;
        }
    }

    private void step(NDManager scope, Group group, AdamWNumbers numbers) {
        decoder.kernels()
                .infer(
                        scope,
                        "adamw",
                        Argument.of(group.weights),
                        Argument.of(group.gradients),
                        Argument.of(group.means),
                        Argument.of(group.squares),
                        Argument.of(steps),
                        Argument.of(numbers.learningRate()),
                        Argument.of(numbers.beta1()),
                        Argument.of(numbers.beta2()),
                        Argument.of(numbers.epsilon()),
                        Argument.of(group.usuallyDecays || numbers.decayAll() ? numbers.weightDecay() : 0.0));
    }

    /** The numbers of one optimizer step. */
    public record AdamWNumbers(
            double learningRate,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay,
            boolean decayAll,
            double maxGradientNorm) {}

    /** Writes moments and step count, exactly. */
    public void save(Path file) {
        List<TensorContent> contents = new ArrayList<>();
        addContents(contents, Moment.MEAN, means);
        addContents(contents, Moment.SQUARE, squares);
        TrainingStateFile.write(file, (long) steps.getFloat(), contents);
    }

    private void addContents(List<TensorContent> contents, Moment moment, NDList tensors) {
        for (int i = 0; i < learned.size(); i++) {
            NDArray tensor = tensors.get(i);
            contents.add(new TensorContent(moment.of(learned.get(i)), () -> Torch.memory(tensor)));
        }
    }

    /** Takes over what {@link #save} wrote; nothing changes if the file does not fit. */
    public void restore(Path file) {
        TrainingStateFile state = TrainingStateFile.open(file, learned);
        restore(state, Moment.MEAN, means);
        restore(state, Moment.SQUARE, squares);
        try (NDManager scope = decoder.owner().newSubManager()) {
            assign(scope, steps, scope.create((float) state.steps()));
        }
    }

    private void restore(TrainingStateFile state, Moment moment, NDList tensors) {
        for (int i = 0; i < learned.size(); i++) {
            try (NDManager scope = decoder.owner().newSubManager()) {
                NDArray onHost =
                        Torch.emptyHostFloats(scope, tensors.get(i).getShape().getShape());
                state.read(moment.of(learned.get(i)), Torch.memory(onHost));
                assign(scope, tensors.get(i), onHost);
            }
        }
    }

    private void assign(NDManager scope, NDArray target, NDArray source) {
        decoder.kernels().infer(scope, "assign", Argument.of(target), Argument.of(source));
    }

    /** The gradient that was accumulated for a weight. */
    public float[] gradient(TensorSpec weight) {
        gather();
        return gradients.get(learned.indexOf(weight)).toFloatArray();
    }
}
