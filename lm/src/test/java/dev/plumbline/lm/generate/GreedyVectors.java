package dev.plumbline.lm.generate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Greedy continuations computed by transformers, discovered in the directory of golden numbers. */
final class GreedyVectors {
    private static final JsonMapper JSON = new JsonMapper();

    /** A prompt and how the model goes on. */
    record Case(JsonNode json) {
        int[] prompt() {
            return ids(json.required("prompt"));
        }

        int[] tokens() {
            return ids(json.required("tokens"));
        }

        /** At temperature 1, in nats. */
        double[] logProbs() {
            JsonNode values = json.required("logprobs");
            double[] numbers = new double[values.size()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = values.get(i).asDouble();
            }
            return numbers;
        }

        boolean stopped() {
            return json.required("finish_reason").asText().equals("stop");
        }

        /** As many tokens as transformers was allowed; an answer that stopped may have had room for more. */
        GenerationRequest request() {
            int[] stopTokens = json.has("stop_token_ids") ? ids(json.get("stop_token_ids")) : new int[0];
            int maxTokens = stopped() ? tokens().length + 5 : tokens().length;
            StopConditions stop = new StopConditions(maxTokens, 0, List.of(), stopTokens, false);
            return GenerationRequest.of(prompt(), 1, SamplingParameters.GREEDY, stop, 0);
        }

        private static int[] ids(JsonNode values) {
            int[] ids = new int[values.size()];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = values.get(i).asInt();
            }
            return ids;
        }
    }

    private GreedyVectors() {}

    /** Directories of checkpoints that continue text. */
    static List<Path> models() {
        Path root = Path.of(System.getProperty("plumbline.vectors"), "models");
        try (Stream<Path> directories = Files.list(root)) {
            List<Path> models = directories
                    .filter(directory -> json(directory).has("greedy"))
                    .sorted()
                    .toList();
            if (models.isEmpty()) {
                throw new IllegalStateException("no model in " + root + " has greedy cases");
            }
            return models;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** These on one thread, and on two: of these an engine takes one or both for each step, by timing. */
    static List<Arguments> modelsAndThreads() {
        return onThreads(models());
    }

    /** Checkpoints, each with 1 and with 2 threads. */
    static List<Arguments> onThreads(List<Path> models) {
        return models.stream()
                .flatMap(model -> Stream.of(1, 2).map(threads -> Arguments.of(model, ComputeSettings.cpu(threads))))
                .toList();
    }

    /** All cases of a checkpoint, those with stop tokens too. */
    static List<Case> cases(Path model) {
        JsonNode json = json(model);
        List<Case> cases = new ArrayList<>();
        json.required("greedy").forEach(node -> cases.add(new Case(node)));
        if (json.has("greedy_stop_tokens")) {
            cases.add(new Case(json.get("greedy_stop_tokens")));
        }
        return cases;
    }

    /**
     * The same weights in a directory of their own, with so many positions if these are rotary; of learned ones there are
     * as many as there are.
     */
    static Path withContext(Path model, int context, Path directory) throws IOException {
        try (Stream<Path> files = Files.list(model)) {
            for (Path file : files.toList()) {
                Files.copy(file, directory.resolve(file.getFileName()));
            }
        }
        Path config = directory.resolve("config.json");
        String positions = "\"max_position_embeddings\": ";
        Files.writeString(config, Files.readString(config).replaceAll(positions + "\\d+", positions + context));
        return directory;
    }

    private static JsonNode json(Path model) {
        try {
            return JSON.readTree(model.resolve("cases.json").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
