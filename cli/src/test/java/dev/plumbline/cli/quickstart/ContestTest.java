package dev.plumbline.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.plumbline.example.quickstart.Judge;
import dev.plumbline.example.quickstart.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The answers' utilities do not depend on the world: they say nothing of an animal. */
class ContestTest {
    private static final String PROMPT = "what color is the fox ?";
    private static final String KIND = "sure !"; // 1
    private static final String RUDE = "ugh !"; // -2
    private static final String IDLE = "it rained all week ."; // -1

    private final Judge judge = new Judge(World.of(1));

    @TempDir
    private Path directory = Path.of("");

    @Test
    void everyAnswerMeetsEveryOtherAndTiesCountHalf() {
        Contest contest = Contest.between(judge, List.of(answered(RUDE, KIND)), List.of(answered(KIND, IDLE)));

        // KIND beats RUDE and ties KIND, IDLE beats RUDE and loses to KIND: 1 + 1/2 + 1 + 0 of 4.
        assertThat(contest.winRate()).isEqualTo(2.5 / 4);
        assertThat(contest.utilityBefore()).isEqualTo(-0.5);
        assertThat(contest.utilityAfter()).isZero();
        // Two tokens each: KIND against RUDE and KIND against KIND.
        assertThat(contest.equalLengthPairs()).isEqualTo(2);
        assertThat(contest.equalLengthWinRate()).isEqualTo(0.75, within(1e-12));
        assertThat(contest.duels()).containsExactly(new Contest.Duel(PROMPT, RUDE, -2, KIND, 1));
    }

    @Test
    void withoutEquallyLongAnswersThereIsNoSuchRate() {
        Contest contest = Contest.between(judge, List.of(answered(IDLE)), List.of(answered(KIND)));
        assertThat(contest.equalLengthPairs()).isZero();
        assertThat(contest.equalLengthWinRate()).isNaN();
    }

    @Test
    void bothMustHaveAnsweredTheSame() {
        assertThatThrownBy(() -> Contest.between(judge, List.of(), List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void rankingsAreWrittenWithTies() throws IOException {
        JsonNode line = ranked(false);
        assertThat(line.path("prompt").asText()).isEqualTo(PROMPT);
        assertThat(numbers(line)).containsExactly(3, 1, 2, 1);
    }

    @Test
    void shuffledRanksAreTheSameRanksElsewhere() throws IOException {
        JsonNode line = ranked(true);
        assertThat(numbers(line)).containsExactlyInAnyOrder(3, 1, 2, 1).isNotEqualTo(List.of(3, 1, 2, 1));
    }

    private JsonNode ranked(boolean shuffled) throws IOException {
        Path file = directory.resolve("rankings.jsonl");
        new Rankings(judge, shuffled, new Random(3)).write(file, List.of(answered(RUDE, KIND, IDLE, KIND)));
        return new ObjectMapper().readTree(Files.readString(file));
    }

    private static List<Integer> numbers(JsonNode line) {
        List<Integer> ranks = new ArrayList<>();
        line.path("ranks").forEach(rank -> ranks.add(rank.asInt()));
        return ranks;
    }

    private static Answered answered(String... texts) {
        List<Answered.Answer> answers = new ArrayList<>();
        for (String text : texts) {
            answers.add(new Answered.Answer(text, text.split(" ", -1).length, true));
        }
        return new Answered(PROMPT, answers);
    }
}
