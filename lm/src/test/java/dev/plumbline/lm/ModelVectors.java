package dev.plumbline.lm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One model directory among the golden numbers.
 *
 * @param cases its {@code cases.json}
 * @param tensors its {@code cases.safetensors}
 */
record ModelVectors(Path directory, JsonNode cases, VectorTensors tensors) {
    /** The tolerances that the golden numbers' README states. */
    static final float LOGIT_TOLERANCE = 1e-4f;

    static final float LOG_PROB_TOLERANCE = 1e-4f;
    static final float SCORE_TOLERANCE = 2e-5f;
    static final float GRADIENT_TOLERANCE = 2e-5f;
    static final double LOSS_TOLERANCE = 1e-5;

    static List<ModelVectors> all() throws IOException {
        Path root = Path.of(
                Objects.requireNonNull(System.getProperty("plumbline.vectors"), "plumbline.vectors is not set"));
        List<ModelVectors> all = new ArrayList<>();
        try (Stream<Path> directories = Files.list(root.resolve("models"))) {
            for (Path directory : directories.sorted().toList()) {
                all.add(new ModelVectors(
                        directory,
                        new ObjectMapper()
                                .readTree(directory.resolve("cases.json").toFile()),
                        VectorTensors.read(directory.resolve("cases.safetensors"))));
            }
        }
        return all;
    }

    /** The language models, at least one. */
    static List<ModelVectors> causal() throws IOException {
        return having("nll");
    }

    /** The reward models, at least one. */
    static List<ModelVectors> reward() throws IOException {
        return having("ranking");
    }

    private static List<ModelVectors> having(String objective) throws IOException {
        List<ModelVectors> found =
                all().stream().filter(model -> model.cases.has(objective)).toList();
        if (found.isEmpty()) {
            throw new AssertionError("no model with " + objective + " in the golden numbers");
        }
        return found;
    }

    /** What the model learns: {@code nll} or {@code ranking}. */
    JsonNode objective() {
        return cases.has("nll") ? cases.required("nll") : cases.required("ranking");
    }

    int rows() {
        return tensors.shape("input_ids").get(0);
    }

    /** The valid ids of a row of a tensor and its mask, wherever the padding is. */
    int[] validIds(String ids, String mask, int row) {
        int[] all = tensors.ints(ids, row);
        int[] valid = tensors.ints(mask, row);
        return IntStream.range(0, all.length)
                .filter(t -> valid[t] == 1)
                .map(t -> all[t])
                .toArray();
    }

    int[] validIds(int row) {
        return validIds("input_ids", "attention_mask", row);
    }

    int padId() {
        return cases.required("pad_token_id").intValue();
    }

    /** Queries padded on the left to the context length, responses padded on the right: both without their padding. */
    TokenSequence queryAndResponse(int row, int contextLength) {
        int[] all = tensors.ints("trl_query_responses", row);
        int[] query = withoutPads(Arrays.copyOf(all, contextLength));
        int[] response = withoutPads(Arrays.copyOfRange(all, contextLength, all.length));
        int[] ids = Arrays.copyOf(query, query.length + response.length);
        System.arraycopy(response, 0, ids, query.length, response.length);
        return new TokenSequence(ids, query.length);
    }

    private int[] withoutPads(int[] ids) {
        return Arrays.stream(ids).filter(id -> id != padId()).toArray();
    }

    /** Reads a safetensors file of the checkpoint itself. */
    static VectorTensors weights(Path file) {
        try {
            return VectorTensors.read(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " could not be read", e);
        }
    }

    @Override
    public String toString() {
        return directory.getFileName().toString();
    }
}
