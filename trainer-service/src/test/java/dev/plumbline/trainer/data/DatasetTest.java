package dev.plumbline.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DatasetTest {
    private static final Path MODEL = Path.of(System.getProperty("plumbline.vectors", "../vectors"), "models", "llama");

    @TempDir
    Path directory;

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
        DataSettings settings =
                new DataSettings(file, Optional.of(evaluation), 0, 100, TooLong.FAIL, 100, FieldNames.USUAL, "", "");
        Dataset<TokenSequence> data = Dataset.load(settings, new TextFormat(), new TextEncoding(encoder), 1);

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
                Dataset.load(settings, new DemonstrationFormat(), new DemonstrationEncoding(encoder), 1);
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
    void truncationLeavesAllAnswersOfAPromptTheSamePrompt() throws IOException {
        Path file = file("{\"prompt\": \"one two three four five six\", \"completions\": [\" x\", \" x y z\"],"
                + " \"ranks\": [1, 2]}");
        Dataset<RankedSequences> data = Dataset.load(
                settings(file, 0, 8, TooLong.TRUNCATE_LEFT), new RankingFormat(), new RankingEncoding(encoder), 1);

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
        Dataset<RankedSequences> data =
                Dataset.load(settings(file, 0, 50, TooLong.FAIL), new RankingFormat(), new RankingEncoding(encoder), 1);

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

    private Dataset<TokenSequence> load(Path file, double evalFraction, int maxLength, TooLong tooLong, long seed) {
        return Dataset.load(
                settings(file, evalFraction, maxLength, tooLong), new TextFormat(), new TextEncoding(encoder), seed);
    }

    private static DataSettings settings(Path file, double evalFraction, int maxLength, TooLong tooLong) {
        return new DataSettings(
                file, Optional.empty(), evalFraction, maxLength, tooLong, 1000, FieldNames.USUAL, "", "");
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
