package dev.plumbline.trainer;

import dev.plumbline.lm.Start;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.checkpoint.Checkpoint;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Tiny checkpoint directories. */
public final class TestModels {
    private static final Path VECTORS = Path.of(System.getProperty("plumbline.vectors", "../vectors"));
    private static final List<String> WITHOUT_WEIGHTS =
            List.of("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json");

    private TestModels() {}

    /** A checkpoint with its weights. */
    public static Path checkpoint(String name) {
        return VECTORS.resolve("models").resolve(name);
    }

    /** A checkpoint of this architecture with random weights from a seed, which say nearly all tokens alike. */
    static Path random(String name, Path parent, long seed) {
        Path directory = parent.resolve(name + "-random-" + seed);
        try (TrainableModel model = TrainableModel.load(
                withoutWeights(name, parent), new Start.StoredOrRandom(seed), ComputeSettings.cpu(1))) {
            model.save(directory);
        }
        return directory;
    }

    /** A reward model with the trunk and the tokenizer of a checkpoint, under a random head. */
    public static Path reward(String name, Path parent, long seed) {
        Path directory = parent.resolve(name + "-reward-" + seed);
        try (TrainableModel model =
                TrainableModel.load(checkpoint(name), new Start.RewardHead(seed), ComputeSettings.cpu(1))) {
            model.save(directory);
        }
        return directory;
    }

    /** The weights of a directory in Hugging Face layout, by their names and in the order of these. */
    static SortedMap<String, float[]> weights(Path directory) {
        Checkpoint checkpoint = Checkpoint.open(directory);
        SortedMap<String, float[]> weights = new TreeMap<>();
        for (TensorSpec tensor : new DecoderLayout(checkpoint.config()).tensors()) {
            ByteBuffer bytes =
                    ByteBuffer.allocateDirect(tensor.size() * Float.BYTES).order(ByteOrder.nativeOrder());
            checkpoint.read(tensor, bytes);
            float[] elements = new float[tensor.size()];
            bytes.flip().asFloatBuffer().get(elements);
            weights.put(tensor.name(), elements);
        }
        return weights;
    }

    /** Configuration and tokenizer of a checkpoint, without weights. */
    static Path withoutWeights(String name, Path parent) {
        Path directory = parent.resolve(name + "-empty");
        try {
            Files.createDirectories(directory);
            for (String file : WITHOUT_WEIGHTS) {
                Path source = checkpoint(name).resolve(file);
                if (Files.exists(source)) {
                    Files.copy(source, directory.resolve(file));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return directory;
    }
}
