package dev.plumbline.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.trainer.data.source.DataException;
import dev.plumbline.trainer.data.source.DataSources;
import dev.plumbline.trainer.data.source.ObjectStorage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataShelfTest {
    private static final Path MODEL = Path.of(System.getProperty("plumbline.vectors", "../vectors"), "models", "llama");

    @TempDir
    Path directory;

    private Path kept = Path.of("");
    private int shelves;
    private Tokenizer tokenizer;
    private TextEncoder encoder;

    @BeforeEach
    void open() {
        tokenizer = Tokenizer.load(MODEL);
        encoder = new TextEncoder(tokenizer);
    }

    @AfterEach
    void close() {
        tokenizer.close();
    }

    @Test
    void theSeedHoldsOutAShareAndEverythingElseIsLearnt() throws IOException {
        Path file = texts(20);
        Dataset<TokenSequence> data = load(file, 0.25, 100, TooLong.FAIL, 1);
        Dataset<TokenSequence> again = load(file, 0.25, 100, TooLong.FAIL, 1);
        Dataset<TokenSequence> other = load(file, 0.25, 100, TooLong.FAIL, 2);

        assertThat(data.train()).hasSize(15);
        assertThat(data.heldOut()).hasSize(5);
        assertThat(ids(again.heldOut())).isEqualTo(ids(data.heldOut())).isNotEqualTo(ids(other.heldOut()));
        List<List<Integer>> all = new ArrayList<>(ids(data.train()));
        all.addAll(ids(data.heldOut()));
        assertThat(all).doesNotHaveDuplicates().hasSize(20);
        assertThat(data.notes())
                .containsExactly(file + ": 20 lines read, 20 used", "held out 5 of them by the run's seed");
    }

    @Test
    void heldOutExamplesMayHaveAFileOfTheirOwn() throws IOException {
        Path file = texts(3);
        Path evaluation = texts(2);
        DataSettings settings = new DataSettings(
                file.toString(),
                Optional.of(evaluation.toString()),
                0,
                100,
                TooLong.FAIL,
                100,
                0,
                FieldNames.USUAL,
                "",
                "");
        Dataset<TokenSequence> data = shelf().dataset("data", settings, new TextFormat(), new TextEncoding(encoder), 1);

        assertThat(data.train()).hasSize(3);
        assertThat(data.heldOut()).hasSize(2);
    }

    @Test
    void tooLongExamplesFailWithTheirLines() throws IOException {
        Path file = file("{\"text\": \"a\"}", "{\"text\": \"one two three four five six\"}");
        assertThatThrownBy(() -> load(file, 0, 4, TooLong.FAIL, 1))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("line 2: has ")
                .hasMessageContaining("max_length is 4; raise it or set too_long");
    }

    @Test
    void tooLongExamplesAreLeftOutAndCounted() throws IOException {
        Path file = file("{\"text\": \"a\"}", "{\"text\": \"one two three four five six\"}");
        Dataset<TokenSequence> data = load(file, 0, 4, TooLong.DROP, 1);

        assertThat(data.train()).hasSize(1);
        assertThat(data.notes()).containsExactly(file + ": 2 lines read, 1 used, 1 left out as longer than 4 tokens");
    }

    @Test
    void truncationCutsTheFirstTokensOfThePromptAndKeepsTheAnswer() throws IOException {
        Path file = file(
                "{\"prompt\": \"one two three four five six\", \"completion\": \" x\"}",
                "{\"prompt\": \"a\", \"completion\": \" one two three four five six seven eight nine ten\"}");
        DataSettings settings = settings(file, 0, 6, TooLong.TRUNCATE_LEFT);
        Dataset<TokenSequence> data =
                shelf().dataset("data", settings, new DemonstrationFormat(), new DemonstrationEncoding(encoder), 1);
        TokenSequence whole = encoder.example("one two three four five six", " x", true);

        assertThat(data.train()).hasSize(1);
        TokenSequence cut = data.train().get(0);
        assertThat(cut.ids()).hasSize(6).endsWith(whole.ids()[whole.ids().length - 1]);
        assertThat(cut.responseLength()).isEqualTo(whole.responseLength());
        assertThat(data.notes())
                .containsExactly(file
                        + ": 2 lines read, 1 used, 1 cut on the left to 6 tokens, 1 left out as longer than 6 tokens");
    }

    @Test
    void askedDemonstrationsAreTheSameDemonstrationsWithTheirPromptsAsTheyWereWritten() throws IOException {
        Path file = file(
                "{\"prompt\": \"one two three four five six\", \"completion\": \" x\", \"ground_truth\": \"x\"}",
                "{\"prompt\": \"a\", \"completion\": \" b\"}",
                "{\"prompt\": \"c\", \"completion\": \" d\"}",
                "{\"prompt\": \"e\", \"completion\": \" f\"}");
        DataSettings settings = settings(file, 0.5, 6, TooLong.TRUNCATE_LEFT);
        Dataset<TokenSequence> plain =
                shelf().dataset("data", settings, new DemonstrationFormat(), new DemonstrationEncoding(encoder), 1);
        Dataset<AskedTokens> asked = shelf().dataset(
                        "data",
                        settings,
                        new AskedDemonstrationFormat(false),
                        new AskedDemonstrationEncoding(encoder),
                        1);

        assertThat(ids(asked.each(AskedTokens::sequence).train())).isEqualTo(ids(plain.train()));
        assertThat(ids(asked.each(AskedTokens::sequence).heldOut())).isEqualTo(ids(plain.heldOut()));
        assertThat(asked.notes()).isEqualTo(plain.notes());
        List<AskedTokens> all = new ArrayList<>(asked.train());
        all.addAll(asked.heldOut());
        assertThat(all).hasSize(4).allSatisfy(example -> {
            int[] prompt =
                    Arrays.copyOf(example.sequence().ids(), example.sequence().promptLength());
            PromptContent.Text text =
                    (PromptContent.Text) example.prompt().question().prompt();
            boolean cut = text.text().startsWith("one");
            assertThat(example.prompt().ids()).isEqualTo(prompt);
            assertThat(example.prompt().cut()).isEqualTo(cut);
            assertThat(example.prompt().question().groundTruth().isPresent()).isEqualTo(cut);
            assertThat(encoder.prompt(text.text())).endsWith(prompt);
        });
    }

    @Test
    void truncationLeavesAllAnswersOfAPromptTheSamePrompt() throws IOException {
        Path file = file("{\"prompt\": \"one two three four five six\", \"completions\": [\" x\", \" x y z\"],"
                + " \"ranks\": [1, 2]}");
        Dataset<RankedSequences> data = shelf().dataset(
                        "data",
                        settings(file, 0, 8, TooLong.TRUNCATE_LEFT),
                        new RankingFormat(),
                        new RankingEncoding(encoder),
                        1);

        RankedSequences ranked = data.train().get(0);
        assertThat(ranked.longest()).isEqualTo(8);
        assertThat(prompt(ranked.answers().get(0)))
                .isEqualTo(prompt(ranked.answers().get(1)));
    }

    @Test
    void listsOfTiesTeachNothingAndAreCounted() throws IOException {
        Path file = file(
                "{\"prompt\": \"a\", \"completions\": [\" x\", \" y\"], \"ranks\": [1, 1]}",
                "{\"prompt\": \"a\", \"completions\": [\" x\", \" y\"], \"ranks\": [1, 2]}");
        Dataset<RankedSequences> data = shelf().dataset(
                        "data",
                        settings(file, 0, 50, TooLong.FAIL),
                        new RankingFormat(),
                        new RankingEncoding(encoder),
                        1);

        assertThat(data.train()).hasSize(1);
        assertThat(data.notes())
                .containsExactly(file + ": 2 lines read, 1 used, 1 left out for want of two answers of different rank");
    }

    @Test
    void aFileOfWhichNothingIsLeftIsRefused() throws IOException {
        Path file = file("{\"text\": \"one two three four five six\"}");
        assertThatThrownBy(() -> load(file, 0, 2, TooLong.DROP, 1)).hasMessageContaining("no example is left");
        Path one = file("{\"text\": \"a\"}");
        assertThatThrownBy(() -> load(one, 0.5, 50, TooLong.DROP, 1))
                .hasMessageContaining("eval_fraction leaves none to learn from");
    }

    @Test
    void aResumedRunHasTheSameExamplesAndNotes() throws IOException {
        Path file = texts(20);
        DataShelf shelf = shelf();
        Dataset<TokenSequence> first = load(shelf, settings(file, 0.25, 100, TooLong.FAIL));
        Dataset<TokenSequence> again = load(shelf, settings(file, 0.25, 100, TooLong.FAIL));

        assertThat(ids(again.train())).isEqualTo(ids(first.train()));
        assertThat(ids(again.heldOut())).isEqualTo(ids(first.heldOut()));
        assertThat(again.notes()).isEqualTo(first.notes());
    }

    @Test
    void dataThatChangedSinceTheRunBeganIsRefusedByName() throws IOException {
        Path parts = Files.createDirectory(directory.resolve("parts"));
        Path a = Files.writeString(parts.resolve("a.jsonl"), line("a"));
        Path b = Files.writeString(parts.resolve("b.jsonl"), line("b"));
        DataShelf shelf = shelf();
        load(shelf, settings(parts, 0, 100, TooLong.FAIL));

        Files.writeString(b, line("c"));
        assertThatThrownBy(() -> load(shelf, settings(parts, 0, 100, TooLong.FAIL)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(b + " has changed since the run began: it was sha256:");
        Files.writeString(b, line("b"));
        Path c = Files.writeString(parts.resolve("c.jsonl"), line("c"));
        assertThatThrownBy(() -> load(shelf, settings(parts, 0, 100, TooLong.FAIL)))
                .hasMessageContaining(c + " was not there when the run began");
        Files.delete(c);
        Files.delete(a);
        assertThatThrownBy(() -> load(shelf, settings(parts, 0, 100, TooLong.FAIL)))
                .hasMessageContaining(a + " is gone, which the run began with");
        Files.writeString(a, line("a"));
        assertThat(load(shelf, settings(parts, 0, 100, TooLong.FAIL)).train()).hasSize(2);
    }

    @Test
    void afterAKillWhileDataIsReadItIsReadAnew() throws IOException {
        Path file = texts(3);
        DataShelf shelf = shelf();
        Files.createDirectories(kept);
        Files.writeString(kept.resolve("data.examples.new"), "half an exam");
        assertThat(load(shelf, settings(file, 0, 100, TooLong.FAIL)).train()).hasSize(3);
    }

    @Test
    void examplesAreRemovedAndMadeAgainOnlyFromTheSameData() throws IOException {
        Path file = texts(3);
        DataShelf shelf = shelf();
        load(shelf, settings(file, 0, 100, TooLong.FAIL));
        DataShelf.clear(kept);
        assertThat(kept).isDirectoryNotContaining("glob:**.examples*").isDirectoryContaining("glob:**.json");
        assertThat(load(shelf, settings(file, 0, 100, TooLong.FAIL)).train()).hasSize(3);
        DataShelf.clear(kept);
        Files.writeString(file, line("other"));
        assertThatThrownBy(() -> load(shelf, settings(file, 0, 100, TooLong.FAIL)))
                .hasMessageContaining("has changed since the run began");
    }

    @Test
    void badLinesAreLeftOutUpToTheLimitAndNoted() throws IOException {
        Path file = file("nonsense", "{\"text\": \"a\"}", "{\"text\": 7}", "{\"text\": \"b\"}");
        Dataset<TokenSequence> data = load(shelf(), settings(file, 0, 100, 2));
        assertThat(ids(data.train())).hasSize(2);
        assertThat(data.notes()).hasSize(2);
        assertThat(data.notes().get(1))
                .startsWith(file + ": 2 bad lines left out, as max_bad_lines allows: line 1: is not JSON")
                .endsWith("line 3: \"text\" must be text, got NUMBER");

        assertThatThrownBy(() -> load(shelf(), settings(file, 0, 100, 1)))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(
                        file + " has 2 bad lines, more than max_bad_lines 1 allows: line 1: is not JSON");
    }

    @Test
    void aFileCutOffIsRefusedHoweverManyBadLinesAreAllowed() throws IOException {
        byte[] whole = gzip("{\"text\": \"some text that is long enough\"}\n".repeat(1000));
        Path file = Files.write(directory.resolve("cut.gz"), Arrays.copyOf(whole, whole.length / 2));
        assertThatThrownBy(() -> load(shelf(), settings(file, 0, 100, 1000)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("cut.gz cannot be read after line ");
        Path empty = Files.createFile(directory.resolve("empty.jsonl"));
        assertThatThrownBy(() -> load(shelf(), settings(empty, 0, 100, 1000)))
                .hasMessage(empty + " is empty; it needs at least one example");
    }

    @Test
    void badLinesOfSeveralFilesAreNamedWithTheirFiles() throws IOException {
        Path parts = Files.createDirectory(directory.resolve("parts"));
        Files.writeString(parts.resolve("a.jsonl"), line("a"));
        Path b = Files.writeString(parts.resolve("b.jsonl"), line("b") + "nonsense\n");
        assertThatThrownBy(() -> load(shelf(), settings(parts, 0, 100, TooLong.FAIL)))
                .hasMessageStartingWith(parts + " has 1 bad line: " + b + " line 2: is not JSON");
    }

    @Test
    void theFirstLinesOfSeveralFilesAreTheFirstFilesFirst() throws IOException {
        Path parts = Files.createDirectory(directory.resolve("parts"));
        Files.writeString(parts.resolve("b.jsonl"), line("b") + "nonsense\n");
        Files.write(parts.resolve("a.jsonl.gz"), gzip(line("a")));
        DataSettings two = new DataSettings(
                parts.toString(), Optional.empty(), 0, 100, TooLong.FAIL, 2, 0, FieldNames.USUAL, "", "");
        assertThat(ids(load(shelf(), two).train())).isEqualTo(ids(List.of(plain("a"), plain("b"))));
    }

    @Test
    void everyKindOfExampleComesBackAsItWasEncoded() throws IOException {
        Path file = file(
                "{\"prompt\": \"one two three\", \"ground_truth\": \"so\"}",
                "{\"prompt\": \"grün \\ud83d\\ude00\"}",
                "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"when?\"}]},"
                        + " {\"role\": \"assistant\", \"reasoning_content\": \"hm\", \"tool_calls\": [{\"id\": \"c1\","
                        + " \"function\": {\"name\": \"clock\", \"arguments\": {\"zone\": 1.0}}}]}, {\"role\": \"tool\","
                        + " \"name\": \"clock\", \"tool_call_id\": \"c1\", \"content\": \"noon\"}],"
                        + " \"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"clock\"}}]}");
        DataSettings settings = settings(file, 0, 100, TooLong.FAIL);
        QuestionFormat format = new QuestionFormat(false);
        QuestionEncoding encoding = new QuestionEncoding(encoder);
        List<PromptTokens> direct = new ArrayList<>();
        DataPass.whole(
                settings,
                file.toString(),
                new DataSources(ObjectStorage.NONE).files(file.toString()),
                format,
                encoding,
                direct::add,
                lines -> {});
        List<PromptTokens> stored =
                shelf().dataset("prompts", settings, format, encoding, 1).train();

        assertThat(stored).hasSize(3);
        for (int i = 0; i < 3; i++) {
            assertThat(stored.get(i).question()).isEqualTo(direct.get(i).question());
            assertThat(stored.get(i).ids()).isEqualTo(direct.get(i).ids());
            assertThat(stored.get(i).cut()).isEqualTo(direct.get(i).cut());
        }
    }

    private Dataset<TokenSequence> load(Path file, double evalFraction, int maxLength, TooLong tooLong, long seed) {
        return shelf().dataset(
                        "data",
                        settings(file, evalFraction, maxLength, tooLong),
                        new TextFormat(),
                        new TextEncoding(encoder),
                        seed);
    }

    private Dataset<TokenSequence> load(DataShelf shelf, DataSettings settings) {
        return shelf.dataset("data", settings, new TextFormat(), new TextEncoding(encoder), 1);
    }

    /** A new one, on which nothing lies. */
    private DataShelf shelf() {
        kept = directory.resolve("run-" + shelves++);
        return new DataShelf(new DataSources(ObjectStorage.NONE), kept, kept, (path, lines) -> {});
    }

    private TokenSequence plain(String text) {
        return new TextEncoding(encoder).encode(text);
    }

    private static DataSettings settings(Path file, double evalFraction, int maxLength, TooLong tooLong) {
        return new DataSettings(
                file.toString(), Optional.empty(), evalFraction, maxLength, tooLong, 1000, 0, FieldNames.USUAL, "", "");
    }

    private static DataSettings settings(Path file, double evalFraction, int maxLength, int maxBadLines) {
        return new DataSettings(
                file.toString(),
                Optional.empty(),
                evalFraction,
                maxLength,
                TooLong.FAIL,
                10_000,
                maxBadLines,
                FieldNames.USUAL,
                "",
                "");
    }

    private static String line(String text) {
        return "{\"text\": \"" + text + "\"}\n";
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private Path texts(int count) throws IOException {
        String[] lines = new String[count];
        for (int i = 0; i < count; i++) {
            lines[i] = "{\"text\": \"number " + i + "\"}";
        }
        return file(lines);
    }

    private Path file(String... lines) throws IOException {
        return Files.write(Files.createTempFile(directory, "data", ".jsonl"), List.of(lines));
    }

    private static List<Integer> prompt(TokenSequence sequence) {
        List<Integer> ids = ids(List.of(sequence)).get(0);
        return ids.subList(0, sequence.promptLength());
    }

    private static List<List<Integer>> ids(List<TokenSequence> sequences) {
        return sequences.stream()
                .map(sequence -> Arrays.stream(sequence.ids()).boxed().toList())
                .toList();
    }
}
