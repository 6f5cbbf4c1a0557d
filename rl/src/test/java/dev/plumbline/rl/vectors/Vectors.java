package dev.plumbline.rl.vectors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The directory of golden numbers: system property {@code plumbline.vectors}, by default the vendored one. */
final class Vectors {
    static final ObjectMapper JSON = new ObjectMapper();

    private Vectors() {}

    static Path directory() {
        return Path.of(System.getProperty("plumbline.vectors", "../vectors"));
    }

    static JsonNode read(String file) {
        Path path = directory().resolve(file);
        try {
            return JSON.readTree(path.toFile());
        } catch (IOException e) {
            throw new IllegalStateException(
                    "cannot read golden numbers, set -Dplumbline.vectors to a directory that has them: " + path, e);
        }
    }

    /** The cases of {@code losses/<objective>.json}, in file order, at least one. */
    static List<GoldenCase> lossCases(String objective) {
        String file = "losses/" + objective + ".json";
        List<GoldenCase> cases = new ArrayList<>();
        for (JsonNode node : read(file).path("cases")) {
            cases.add(new GoldenCase(
                    objective + " " + cases.size() + ": " + node.path("name").asText(""), node));
        }
        if (cases.isEmpty()) {
            throw new IllegalStateException(file + " in " + directory() + " has no cases");
        }
        return cases;
    }
}
