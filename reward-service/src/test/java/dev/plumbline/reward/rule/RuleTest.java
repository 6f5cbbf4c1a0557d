package dev.plumbline.reward.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RuleTest {

    private static final NumericAnswer EXACT_NUMBER = new NumericAnswer(BigDecimal.ZERO);

    @ParameterizedTest(name = "\"{0}\" ends with {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "She has 3 apples and 4 pears, 7 in all. | 7",
                "so 12 - 5 = 7 #### 7 | 7",
                "#### 1,234 | 1234",
                "#### $1,234.50 | 1234.50",
                "The answer is \\boxed{42}. Check: 6 * 7 is right in 1 step | 42",
                "\\boxed{-0.5} | -0.5",
                "first #### 1 then #### 2 | 2",
                "it grew by .25 | .25",
                "12345 people | 12345",
                "1,2345 is no thousands separator | 2345",
            })
    void a_text_ends_with_its_marked_or_else_its_last_number(String text, BigDecimal expected) {
        assertThat(EXACT_NUMBER.value(answer(text, expected.toPlainString()))).isEqualTo(1);
        assertThat(EXACT_NUMBER.value(answer(text, expected.add(BigDecimal.ONE).toPlainString())))
                .isZero();
    }

    @ParameterizedTest(name = "\"{0}\" ends with {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "so \\boxed{\\frac{1}{2}} | 0.5",
                "\\boxed{ -\\dfrac{3}{4} } and 2 more words | -0.75",
                "\\boxed{$\\tfrac{-1}{8}$} | -0.125",
                "\\boxed{\\frac12} | 0.5",
                "\\boxed{2\\frac{1}{2}} | 2.5",
                "-1\\frac{1}{4} | -1.25",
                "\\boxed{1/2} | 0.5",
                "#### 3/4 | 0.75",
                "in all \\frac{1,000}{ 8 } | 125",
                "\\boxed {42\\%} of 50 | 42",
                "\\boxed{\\boxed{7}} | 7",
                "\\boxed{\\frac{1}{x}} then \\boxed{3} | 3",
                "\\boxed{x} #### 5 | 5",
            })
    void fractions_are_numbers_and_a_box_ends_where_its_own_brace_is_closed(String text, BigDecimal expected) {
        assertThat(EXACT_NUMBER.value(answer(text, expected.toPlainString()))).isEqualTo(1);
        assertThat(EXACT_NUMBER.value(answer(expected.toPlainString(), text))).isEqualTo(1);
    }

    @ParameterizedTest(name = "\"{0}\" ends with no number")
    @ValueSource(
            strings = {
                "\\boxed{\\sqrt{2}}",
                "\\boxed{x + 1}",
                "\\boxed{\\frac{1}{x}} for x = 2",
                "\\boxed{\\text{2}}",
                "\\boxed{\\{2\\}}",
                "\\boxed{2, 3}",
                "\\boxed{}2",
                "cut off at \\boxed{\\frac{1}{2",
                "\\boxed{2",
                "#### 1 then \\boxed{y} and 2",
                "1/0",
            })
    void what_is_marked_as_the_answer_and_is_no_number_is_not_searched_for_one(String text) {
        assertThatThrownBy(() -> EXACT_NUMBER.value(answer("2", text)))
                .hasMessage("prompt.ground_truth must hold a number for numeric_answer, got \"" + text + "\"");
        assertThat(new NumericAnswer(BigDecimal.TEN).value(answer(text, "2"))).isZero();
    }

    @Test
    void a_third_is_a_third_and_nearly_one_only_within_the_tolerance() {
        assertThat(EXACT_NUMBER.value(answer("\\boxed{\\frac{2}{6}}", "\\frac{1}{3}")))
                .isEqualTo(1);
        assertThat(EXACT_NUMBER.value(answer("0.3333", "1/3"))).isZero();
        assertThat(new NumericAnswer(new BigDecimal("0.0001")).value(answer("0.3333", "-\\frac{-1}{3}")))
                .isEqualTo(1);
        assertThat(new NumericAnswer(new BigDecimal("0.00003")).value(answer("0.3333", "1/3")))
                .isZero();
    }

    @Test
    void an_answer_without_number_is_wrong_and_a_ground_truth_without_one_is_refused() {
        assertThat(EXACT_NUMBER.value(answer("no idea", "7"))).isZero();
        assertThatThrownBy(() -> EXACT_NUMBER.value(answer("7", "seven")))
                .hasMessage("prompt.ground_truth must hold a number for numeric_answer, got \"seven\"");
    }

    @Test
    void numbers_are_compared_as_decimals_within_the_tolerance() {
        assertThat(EXACT_NUMBER.value(answer("7.0", "7"))).isEqualTo(1);
        assertThat(EXACT_NUMBER.value(answer("7.01", "7"))).isZero();
        assertThat(new NumericAnswer(new BigDecimal("0.01")).value(answer("7.01", "7")))
                .isEqualTo(1);
        assertThatThrownBy(() -> new NumericAnswer(new BigDecimal("-1"))).hasMessage("tolerance must be >= 0, got -1");
    }

    @Test
    void exact_match_folds_case_and_white_space_only_when_told() {
        assertThat(new ExactMatch(false).value(answer("Blue  sky", "blue sky"))).isZero();
        assertThat(new ExactMatch(true).value(answer(" Blue \n sky", "blue sky")))
                .isEqualTo(1);
        assertThat(new ExactMatch(false).value(answer("blue sky", "blue sky"))).isEqualTo(1);
    }

    @Test
    void a_pattern_is_found_anywhere_or_has_to_match_all() {
        Pattern digits = Pattern.compile("\\d+");
        assertThat(new RegularExpression(digits, false).value(answer("in 1984", "")))
                .isEqualTo(1);
        assertThat(new RegularExpression(digits, true).value(answer("in 1984", "")))
                .isZero();
        assertThat(new RegularExpression(digits, true).value(answer("1984", "")))
                .isEqualTo(1);
    }

    @Test
    void length_costs_one_per_token_outside_its_bounds() {
        Length length = new Length(2, 4);
        assertThat(length.value(tokens(3))).isZero();
        assertThat(length.value(tokens(7))).isEqualTo(-3);
        assertThat(length.value(tokens(0))).isEqualTo(-2);
        assertThatThrownBy(() -> length.value(answer("as text", "")))
                .hasMessageStartingWith("length counts tokens and the answer came as text");
        assertThatThrownBy(() -> new Length(5, 4)).hasMessageContaining("min_tokens 5, max_tokens 4");
    }

    @ParameterizedTest(name = "\"{0}\" has the format: {1}")
    @CsvSource({
        "<think>2 + 2</think> <answer>4</answer>, 1",
        "'<think>a < b</think><answer></answer>', 1",
        "<answer>4</answer><think>2 + 2</think>, 0",
        "so <think>2 + 2</think><answer>4</answer>, 0",
        "<think>2 + 2</think> so <answer>4</answer>, 0",
        "<think>2 + 2</think><answer>4</answer>., 0",
        "<think>2 + 2<answer>4</answer></think>, 0",
        "<think>2 + 2</think><answer>4, 0",
        "<think>2 <think> 2</think><answer>4</answer>, 0",
        "<think>2 + 2</think><answer>4</think></answer>, 0",
        "4, 0",
    })
    void a_format_is_its_sections_once_in_order_and_nothing_else(String text, float expected) {
        assertThat(new Format(List.of("think", "answer")).value(answer(text, "")))
                .isEqualTo(expected);
    }

    @Test
    void sections_that_could_not_be_told_apart_are_refused() {
        assertThatThrownBy(() -> new Format(List.of())).hasMessageContaining("at least one");
        assertThatThrownBy(() -> new Format(List.of("a", "a"))).hasMessageContaining("all different, got [a, a]");
        assertThatThrownBy(() -> new Format(List.of("a>"))).hasMessageContaining("got \"a>\"");
    }

    @Test
    void repetition_costs_the_share_of_n_grams_that_were_there_before() {
        assertThat(new Repetition(1).value(answer("no No yes\nno", ""))).isEqualTo(-0.5f);
        assertThat(new Repetition(2).value(answer("a b a b a", ""))).isEqualTo(-0.5f);
        assertThat(new Repetition(2).value(answer("a b c", ""))).isZero();
        assertThat(new Repetition(3).value(answer("a b", ""))).isZero();
        assertThat(new Repetition(1).value(answer("", ""))).isZero();
        assertThatThrownBy(() -> new Repetition(0)).hasMessage("words must be >= 1, got 0");
    }

    @Test
    void a_rule_that_compares_says_when_there_is_nothing_to_compare_with() {
        GivenAnswer alone = new GivenAnswer("7", OptionalInt.empty(), Optional.empty());
        assertThatThrownBy(() -> EXACT_NUMBER.value(alone))
                .isInstanceOf(MissingGroundTruthException.class)
                .hasMessage("numeric_answer compares with prompt.ground_truth, which is not set: set it, or leave the"
                        + " component out");
        assertThatThrownBy(() -> new ExactMatch(true).value(alone)).isInstanceOf(MissingGroundTruthException.class);
    }

    private static GivenAnswer answer(String text, String truth) {
        return new GivenAnswer(text, OptionalInt.empty(), Optional.of(truth));
    }

    private static GivenAnswer tokens(int tokens) {
        return new GivenAnswer("", OptionalInt.of(tokens), Optional.empty());
    }
}
