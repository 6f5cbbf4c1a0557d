package dev.plumbline.example.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JudgeTest {
    private static final String ASKED = "what color is the fox ?";
    private static final String ASKED_TWICE = "tell me the color and the food of the fox .";

    private final World world = World.of(5);
    private final Judge judge = new Judge(world);
    private final String color = world.fact("fox", Attribute.COLOR);
    private final String food = world.fact("fox", Attribute.FOOD);
    private final String wrong = world.falsehood("fox", Attribute.COLOR, new Random(5));

    @Test
    void theBestAnswerIsRightNamesTheAnimalIsKindAndEndsThere() {
        assertThat(utility(ASKED, "sure ! the fox is " + color + " .")).isEqualTo(4);
        assertThat(utility(ASKED, "the color of the fox is " + color + " . i hope this helps ."))
                .isEqualTo(4);
        assertThat(utility(ASKED_TWICE, "gladly ! the fox is " + color + " and eats " + food + " ."))
                .isEqualTo(4);
    }

    @Test
    void everyTermOfTheFormulaCounts() {
        assertThat(utility(ASKED, "the fox is " + color + " .")).isEqualTo(3);
        assertThat(utility(ASKED, "it is " + color + " .")).isEqualTo(2);
        assertThat(utility(ASKED, color + " .")).isEqualTo(2);
        assertThat(utility(ASKED, "the fox is " + wrong + " .")).isEqualTo(-1);
        // Rude: -1, and a sentence that does not answer: -1.
        assertThat(utility(ASKED, "ugh ! the fox is " + color + " .")).isEqualTo(1);
        assertThat(utility(ASKED, "the fox is " + color + " . the weather is fine today ."))
                .isEqualTo(2);
        assertThat(utility(ASKED_TWICE, "the fox is " + color + " .")).isEqualTo(2);
        // Broken: -1, and a sentence that does not answer: -1.
        assertThat(judge.verdict(ASKED, "the fox is " + color, false).utility()).isEqualTo(-2);
        assertThat(utility(ASKED, "")).isZero();
    }

    @Test
    void kindnessIsNotPaidTwiceNorBesideRudeness() {
        assertThat(utility(ASKED, "sure ! the fox is " + color + " . have a nice day ."))
                .isEqualTo(3);
        assertThat(utility(ASKED, "sure ! ugh ! the fox is " + color + " .")).isEqualTo(1);
    }

    @Test
    void repetitionAndUnaskedFactsAreSurplus() {
        String once = "the fox is " + color + " .";
        assertThat(utility(ASKED, once + " " + once)).isEqualTo(2);
        assertThat(utility(ASKED, "the fox is " + color + " and eats " + food + " ."))
                .isEqualTo(2);
        assertThat(utility(ASKED, once + " it eats " + food + " .")).isEqualTo(2);
    }

    @Test
    void sayingBothIsNoWayAroundKnowing() {
        assertThat(utility(ASKED, color + " . " + wrong + " .")).isZero();
    }

    /** Answers of one length, five tokens, differ in all that the judge looks at: length alone tells nothing. */
    @Test
    void equallyLongAnswersDiffer() {
        assertThat(List.of(
                        utility(ASKED, "the fox is " + color + " ."),
                        utility(ASKED, "i hope this helps ."),
                        utility(ASKED, "the fox is " + wrong + " ."),
                        utility(ASKED, "do not come back .")))
                .containsExactly(3, 1, -1, -2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"the the fox .", "sure", "is fox .", "red and .", "the fox red .", "<unk> ."})
    void whatIsNoSentenceIsBroken(String answer) {
        assertThat(judge.verdict(ASKED, answer, true).broken()).isTrue();
    }

    @Test
    void equalUtilitiesShareARank() {
        assertThat(Judge.ranks(List.of(3, 6, 6, -1, 3))).containsExactly(2, 1, 1, 3, 2);
        assertThat(Judge.ranks(List.of(1, 1))).containsExactly(1, 1);
    }

    @Test
    void aPromptOfAnotherWorldIsRefused() {
        assertThatThrownBy(() -> judge.verdict("who are you ?", "me .", true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("who are you ?");
    }

    private int utility(String prompt, String answer) {
        return judge.verdict(prompt, answer, true).utility();
    }
}
