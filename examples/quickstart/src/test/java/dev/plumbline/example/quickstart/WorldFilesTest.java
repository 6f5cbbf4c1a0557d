package dev.plumbline.example.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.plumbline.example.quickstart.Split.Share;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorldFilesTest {
    private static final long SEED = 11;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    private Path directory = Path.of("");

    @BeforeEach
    void write() throws IOException {
        write(SEED, directory.resolve("world"));
    }

    @Test
    void theSameSeedWritesTheSameBytes() throws IOException {
        write(SEED, directory.resolve("again"));
        assertThat(contents(directory.resolve("again"))).isEqualTo(contents(directory.resolve("world")));
    }

    @Test
    void anotherSeedIsAnotherWorld() throws IOException {
        write(SEED + 1, directory.resolve("other"));
        assertThat(contents(directory.resolve("other")).get("text.jsonl"))
                .isNotEqualTo(contents(directory.resolve("world")).get("text.jsonl"));
    }

    @Test
    void noTextHasAWordThatTheTokenizerLacks() throws IOException {
        Set<String> words = new HashSet<>();
        texts().forEach(text -> words.addAll(List.of(text.split(" ", -1))));
        assertThat(Checkpoint.vocabulary()).containsAll(words);
    }

    /** The tokenizer splits at every mark by itself, so marks stand alone and words are letters. */
    @Test
    void everyWordIsOneTokenForTheTokenizerToo() {
        assertThat(Checkpoint.vocabulary().subList(4, Checkpoint.vocabulary().size()))
                .allMatch(word -> word.matches("[a-z]+|[.!?]"));
    }

    @Test
    void theSpecialTokensAreDistinctAndTheConfigurationKnowsThem() throws IOException {
        JsonNode config =
                MAPPER.readTree(directory.resolve("world/untrained/config.json").toFile());
        JsonNode vocabulary = MAPPER.readTree(
                        directory.resolve("world/untrained/tokenizer.json").toFile())
                .path("model")
                .path("vocab");
        assertThat(config.path("pad_token_id").asInt())
                .isEqualTo(vocabulary.path(Checkpoint.PAD).asInt(-1));
        assertThat(config.path("bos_token_id").asInt())
                .isEqualTo(vocabulary.path(Checkpoint.BOS).asInt(-1));
        assertThat(config.path("eos_token_id").asInt())
                .isEqualTo(vocabulary.path(Checkpoint.EOS).asInt(-1));
        assertThat(config.path("vocab_size").asInt()).isEqualTo(vocabulary.size());
        assertThat(new HashSet<>(Checkpoint.vocabulary())).hasSameSizeAs(Checkpoint.vocabulary());
    }

    @Test
    void everyPromptIsKnownToTheJudge() throws IOException {
        Judge judge = new Judge(World.of(SEED));
        for (String file : List.of("demonstrations.jsonl", "demonstrations-heldout.jsonl")) {
            for (JsonNode line : lines(file)) {
                String answer = line.path("completion").asText();
                Verdict verdict = judge.verdict(line.path("prompt").asText(), answer, true);
                assertThat(verdict.broken()).as(answer).isFalse();
            }
        }
        for (String file : List.of("practice.jsonl", "heldout.jsonl")) {
            for (JsonNode line : lines(file)) {
                assertThat(judge.verdict(line.path("prompt").asText(), "", true).asked())
                        .isPositive();
            }
        }
    }

    @Test
    void thePlainTextIsTrueAndHasNoQuestions() throws IOException {
        World world = World.of(SEED);
        Judge judge = new Judge(world);
        for (JsonNode line : lines("text.jsonl").subList(0, 500)) {
            String text = line.path("text").asText();
            String animal = World.animals().stream()
                    .filter(name -> text.contains(" " + name + " "))
                    .findFirst()
                    .orElseThrow();
            assertThat(text).doesNotContain("?");
            assertThat(judge.verdict("what color is the " + animal + " ?", text, true)
                            .wrong())
                    .as(text)
                    .isZero();
        }
    }

    @Test
    void demonstrationsLeaveRoomAboveAndBelow() throws IOException {
        Judge judge = new Judge(World.of(SEED));
        List<Integer> utilities = new ArrayList<>();
        for (JsonNode line : lines("demonstrations.jsonl")) {
            utilities.add(judge.verdict(
                            line.path("prompt").asText(),
                            line.path("completion").asText(),
                            true)
                    .utility());
        }
        double mean = utilities.stream().mapToInt(i -> i).average().orElseThrow();
        assertThat(mean).isBetween(-0.5, 2.0);
        assertThat(utilities).contains(4).anyMatch(utility -> utility < 0);
    }

    @Test
    void theSpecsAreLaidBesideTheWorld() throws IOException {
        WorldFiles.writeSpecs(directory);
        for (String spec : WorldFiles.SPECS) {
            assertThat(directory.resolve(spec)).isNotEmptyFile();
        }
    }

    private static void write(long seed, Path directory) throws IOException {
        WorldFiles.write(World.of(seed), Split.of(seed), seed, directory);
    }

    private List<String> texts() throws IOException {
        List<String> texts = new ArrayList<>();
        for (String file : List.of(
                "text.jsonl",
                "text-heldout.jsonl",
                "demonstrations.jsonl",
                "demonstrations-heldout.jsonl",
                "practice.jsonl",
                "heldout.jsonl")) {
            for (JsonNode line : lines(file)) {
                line.forEach(value -> texts.add(value.asText()));
            }
        }
        for (Share share : Share.values()) {
            texts.addAll(Split.of(SEED).prompts(share));
        }
        return texts;
    }

    private List<JsonNode> lines(String file) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(directory.resolve("world").resolve(file))) {
            lines.add(MAPPER.readTree(line));
        }
        return lines;
    }

    private static Map<String, String> contents(Path root) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(root.relativize(file).toString(), Files.readString(file));
            }
        }
        return contents;
    }
}
