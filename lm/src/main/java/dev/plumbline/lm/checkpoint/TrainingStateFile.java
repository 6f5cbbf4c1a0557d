package dev.plumbline.lm.checkpoint;

import dev.plumbline.lm.architecture.Initialisation;
import dev.plumbline.lm.architecture.InvalidModelException;
import dev.plumbline.lm.architecture.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * An optimizer's state as a safetensors file: per tensor its moments, called as in torch.optim.AdamW, and in the metadata
 * the number of steps taken.
 */
public final class TrainingStateFile {
    private static final String STEPS = "steps";

    private final Path file;
    private final SafetensorsIndex index;
    private final long steps;

    private TrainingStateFile(Path file, SafetensorsIndex index, long steps) {
        this.file = file;
        this.index = index;
        this.steps = steps;
    }

    /** One of AdamW's moving averages. */
    public enum Moment {
        /** Of the gradient. */
        MEAN("exp_avg."),
        /** Of its square. */
        SQUARE("exp_avg_sq.");

        private final String prefix;

        Moment(String prefix) {
            this.prefix = prefix;
        }

        /** The moment of a weight, as the file calls it. */
        public TensorSpec of(TensorSpec weight) {
            return new TensorSpec(prefix + weight.name(), weight.shape(), new Initialisation.Constant(0));
        }
    }

    /** Writes beside the file and renames; a file that exists is replaced. */
    public static void write(Path file, long steps, List<TensorContent> moments) {
        Map<String, String> metadata = Map.of(STEPS, Long.toString(steps));
        try {
            AtomicFiles.writeFile(file, partial -> SafetensorsWriter.write(partial, metadata, moments));
        } catch (IOException e) {
            throw new UncheckedIOException(file + " could not be written", e);
        }
    }

    /**
     * Opens a file and checks that it holds the moments of exactly these weights.
     *
     * @throws InvalidModelException with everything that does not fit
     */
    public static TrainingStateFile open(Path file, List<TensorSpec> weights) {
        SafetensorsIndex index;
        try {
            index = SafetensorsIndex.read(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " could not be read", e);
        }
        List<String> problems = new ArrayList<>();
        String steps = index.metadata().getOrDefault(STEPS, "");
        if (!steps.matches("\\d{1,18}")) {
            problems.add("its metadata does not give the number of steps; it is no training state");
        }
        Set<String> strangers = new TreeSet<>(index.tensors().keySet());
        for (Moment moment : Moment.values()) {
            for (TensorSpec weight : weights) {
                TensorSpec wanted = moment.of(weight);
                strangers.remove(wanted.name());
                StoredTensor place = index.tensors().get(wanted.name());
                if (place == null) {
                    problems.add(wanted.name() + " is missing");
                } else if (!place.shape().equals(wanted.shape())) {
                    problems.add(wanted.name() + " has shape " + place.shape() + ", the model " + wanted.shape());
                }
            }
        }
        strangers.forEach(name -> problems.add(name + " has no place in the model"));
        if (!problems.isEmpty()) {
            throw new InvalidModelException(file.toString(), problems);
        }
        return new TrainingStateFile(file, index, Long.parseLong(steps));
    }

    /** Optimizer steps taken. */
    public long steps() {
        return steps;
    }

    /**
     * Reads a moment.
     *
     * @param target direct memory for exactly the elements, in native byte order
     */
    public void read(TensorSpec moment, ByteBuffer target) {
        StoredTensor place = index.tensors().get(moment.name());
        if (place == null) {
            throw new IllegalArgumentException(file + " holds no " + moment.name());
        }
        place.read(target);
    }
}
