package dev.plumbline.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.lm.text.ChatMessage;
import dev.plumbline.lm.text.Content;
import dev.plumbline.lm.text.Conversation;
import dev.plumbline.lm.text.ToolCall;
import dev.plumbline.trainer.data.source.ByteLines;
import dev.plumbline.trainer.data.source.DataException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class LineFormatTest {
    private static final PromptContent QUESTION = new PromptContent.Text("why?");
    private static final PromptContent CHAT =
            new PromptContent.Chat(new Conversation(List.of(new ChatMessage("user", "why?"))));

    @Test
    void demonstrationsAreReadAsPromptAndCompletionOrAsMessages() throws IOException {
        assertThat(read(
                        new DemonstrationFormat(),
                        "{\"prompt\": \"why?\", \"completion\": \"so\"}",
                        "{\"messages\": [{\"role\": \"user\", \"content\": \"why?\"},"
                                + " {\"role\": \"assistant\", \"content\": \"so\"}]}",
                        "{\"prompt\": [{\"role\": \"user\", \"content\": \"why?\"}],"
                                + " \"completion\": [{\"role\": \"assistant\", \"content\": \"so\"}]}"))
                .containsExactly(
                        new Demonstration(QUESTION, "so"),
                        new Demonstration(CHAT, "so"),
                        new Demonstration(CHAT, "so"));
    }

    @Test
    void toolsAndTheirCallsAreReadWithTheConversation() throws IOException {
        String tool = "{\"type\":\"function\",\"function\":{\"name\":\"clock\"}}";
        ToolCall call = new ToolCall("c1", "clock", "{\"zone\":1.0}");
        PromptContent prompt = new PromptContent.Chat(new Conversation(
                List.of(
                        new ChatMessage("user", "when?"),
                        new ChatMessage("assistant", "", "hm", List.of(call), "", ""),
                        new ChatMessage("tool", "noon", "", List.of(), "clock", "c1")),
                List.of(tool),
                ""));
        assertThat(read(
                        new DemonstrationFormat(),
                        "{\"tools\": [" + tool + "], \"messages\": [{\"role\": \"user\", \"content\": \"when?\"},"
                                + " {\"role\": \"assistant\", \"reasoning_content\": \"hm\", \"tool_calls\": [{\"id\": \"c1\","
                                + " \"type\": \"function\", \"function\": {\"name\": \"clock\", \"arguments\": {\"zone\": 1.0}}}]},"
                                + " {\"role\": \"tool\", \"name\": \"clock\", \"tool_call_id\": \"c1\", \"content\": \"noon\"},"
                                + " {\"role\": \"assistant\", \"content\": \"at noon\"}]}"))
                .containsExactly(new Demonstration(prompt, "at noon"));
    }

    @Test
    void anAnswerThatIsNotTextAloneIsRefused() {
        String turns = "{\"messages\": [{\"role\": \"user\", \"content\": \"when?\"}, {\"role\": \"assistant\","
                + " \"content\": \"noon\", %s}]}";
        assertThatThrownBy(() -> read(
                        new DemonstrationFormat(),
                        turns.formatted("\"reasoning_content\": \"hm\""),
                        turns.formatted("\"tool_calls\": [{\"function\": {\"name\": \"clock\"}}]")))
                .hasMessageContaining("line 1: \"messages\" must end with an answer in content alone")
                .hasMessageContaining("line 2: \"messages\" must end with an answer in content alone");
    }

    @Test
    void rankedListsAreReadInTheHousesFormAndInNemos() throws IOException {
        assertThat(read(
                        new RankingFormat(),
                        "{\"prompt\": \"why?\", \"completions\": [\"a\", \"b\", \"c\"], \"ranks\": [2, 1, 2]}",
                        "{\"context\": \"why?\", \"completions\": [{\"rank\": 2, \"completion\": \"a\"},"
                                + " {\"rank\": 1, \"completion\": \"b\"}, {\"rank\": 2, \"completion\": \"c\"}]}"))
                .containsExactly(
                        new RankedAnswers(QUESTION, List.of("a", "b", "c"), List.of(2, 1, 2)),
                        new RankedAnswers(QUESTION, List.of("a", "b", "c"), List.of(2, 1, 2)));
    }

    @Test
    void pairsAreReadWithTheirPromptOrWithTheOneTheyShare() throws IOException {
        RankedAnswers text = new RankedAnswers(QUESTION, List.of("so", "no"), List.of(1, 2));
        RankedAnswers chat = new RankedAnswers(CHAT, List.of("so", "no"), List.of(1, 2));
        String turns = "[{\"role\": \"user\", \"content\": \"why?\"}, {\"role\": \"assistant\", \"content\": \"%s\"}]";
        assertThat(read(
                        new RankingFormat(),
                        "{\"prompt\": \"why?\", \"chosen\": \"so\", \"rejected\": \"no\"}",
                        "{\"chosen\": " + turns.formatted("so") + ", \"rejected\": " + turns.formatted("no") + "}",
                        "{\"prompt\": \"why?\", \"chosen\": " + turns.formatted("so") + ", \"rejected\": "
                                + turns.formatted("no") + "}"))
                .containsExactly(text, chat, chat);
    }

    @Test
    void marginsAndSourcesAreReadWithListsAndPairs() throws IOException {
        List<RankedAnswers> read = read(
                new RankingFormat(),
                "{\"prompt\": \"why?\", \"completions\": [\"a\", \"b\", \"c\", \"d\"], \"ranks\": [7, 1, 2, 2],"
                        + " \"margins\": [0.5, 2], \"source\": \"forum\"}",
                "{\"prompt\": \"why?\", \"chosen\": \"so\", \"rejected\": \"no\", \"margin\": 1.5, \"source\": 3}",
                "{\"prompt\": \"why?\", \"completions\": [\"so\", \"no\"], \"ranks\": [1, 2], \"margins\": [1.5]}",
                "{\"prompt\": \"why?\", \"chosen\": \"so\", \"rejected\": \"no\", \"margin\": null, \"source\": null}");
        assertThat(read.get(0).margins()).containsExactly(0.5, 2.0);
        assertThat(read.get(0).source()).contains("forum");
        assertThat(read.get(0).handicaps())
                .as("the difference of two is the sum of the margins between their ranks")
                .containsExactly(-2.5f, 0, -0.5f, -0.5f);
        assertThat(read.get(1).source()).contains("3");
        assertThat(read.get(1).margins()).isEqualTo(read.get(2).margins()).containsExactly(1.5);
        assertThat(read.get(3)).isEqualTo(new RankedAnswers(QUESTION, List.of("so", "no"), List.of(1, 2)));
        assertThat(read.get(3).handicaps()).containsExactly(0, 0);
    }

    @Test
    void marginsAndSourcesThatMeanSomethingElseAreReported() {
        String list = "{\"prompt\": \"why?\", \"completions\": [\"a\", \"b\", \"c\"], \"ranks\": [1, 2, 2], %s}";
        assertThatThrownBy(() -> read(
                        new RankingFormat(),
                        list.formatted("\"margins\": [1, 2]"),
                        list.formatted("\"margins\": 1"),
                        list.formatted("\"margins\": [-1]"),
                        list.formatted("\"margins\": [\"1\"]"),
                        list.formatted("\"source\": {\"url\": 1}"),
                        "{\"prompt\": \"why?\", \"chosen\": \"so\", \"rejected\": \"no\", \"margin\": \"much\"}"))
                .hasMessageContaining(
                        "line 1: a ranked list needs one margin for each of the 1 steps from a rank to the"
                                + " next, or none, got 2")
                .hasMessageContaining("line 2: \"margins\" must be a list of numbers, got 1")
                .hasMessageContaining("line 3: margins must be >= 0 and finite, got -1.0")
                .hasMessageContaining("line 4: \"margins\" must be a number, got \"1\"")
                .hasMessageContaining("line 5: \"source\" must name where the line comes from, got {\"url\":1}; if it"
                        + " means something else, give data.fields.source another name")
                .hasMessageContaining("line 6: \"margin\" must be a number, got \"much\"");
    }

    @Test
    void anImplicitPromptReachesToTheLastAssistantBothTextsShare() throws IOException {
        String shared = "\\n\\nHuman: a?\\n\\nAssistant: b\\n\\nHuman: c?\\n\\nAssistant:";
        assertThat(read(
                        new RankingFormat(),
                        "{\"chosen\": \"" + shared + " yes\", \"rejected\": \"" + shared + " yesterday\"}"))
                .containsExactly(new RankedAnswers(
                        new PromptContent.Text("\n\nHuman: a?\n\nAssistant: b\n\nHuman: c?\n\nAssistant:"),
                        List.of(" yes", " yesterday"),
                        List.of(1, 2)));
    }

    @Test
    void textsThatPartBeforeTheLastQuestionShareTheEarlierOne() throws IOException {
        assertThat(read(
                        new RankingFormat(),
                        "{\"chosen\": \"\\n\\nHuman: a?\\n\\nAssistant: b\\n\\nHuman: c?\\n\\nAssistant: d\","
                                + " \"rejected\": \"\\n\\nHuman: a?\\n\\nAssistant: e\"}"))
                .containsExactly(new RankedAnswers(
                        new PromptContent.Text("\n\nHuman: a?\n\nAssistant:"),
                        List.of(" b\n\nHuman: c?\n\nAssistant: d", " e"),
                        List.of(1, 2)));
    }

    @Test
    void questionsMayKnowTheRightAnswer() throws IOException {
        assertThat(read(
                        new QuestionFormat(false),
                        "{\"prompt\": \"why?\", \"ground_truth\": \"so\"}",
                        "{\"prompt\": \"why?\"}",
                        "{\"messages\": [{\"role\": \"user\", \"content\": \"why?\"}]}"))
                .containsExactly(
                        new Question(QUESTION, Optional.of("so")),
                        new Question(QUESTION, Optional.empty()),
                        new Question(CHAT, Optional.empty()));
    }

    @Test
    void aQuestionWhoseAnswerIsComparedNeedsTheRightOne() {
        assertThatThrownBy(() -> read(new QuestionFormat(true), "{\"prompt\": \"why?\"}"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("line 1: has no \"ground_truth\"");
    }

    @Test
    void fieldsMayHaveOtherNamesAndPromptsAPrefixAndASuffix() throws IOException {
        FieldNames names = new FieldNames("q", "a", "m", "t", "c", "r", "cs", "rs", "g", "s");
        assertThat(read(settings(names, "Q: ", " A:"), new DemonstrationFormat(), "{\"q\": \"why?\", \"a\": \"so\"}"))
                .containsExactly(new Demonstration(new PromptContent.Text("Q: why? A:"), "so"));
    }

    @Test
    void contentMayBeAListOfTexts() throws IOException {
        assertThat(read(
                        new QuestionFormat(false),
                        "{\"prompt\": [{\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"a\"},"
                                + " {\"type\": \"text\", \"text\": \"b\"}]}]}"))
                .containsExactly(new Question(
                        new PromptContent.Chat(new Conversation(List.of(
                                new ChatMessage("user", new Content.Parts(List.of("a", "b")), "", List.of(), "", "")))),
                        Optional.empty()));
        assertThatThrownBy(() -> read(
                        new QuestionFormat(false),
                        "{\"prompt\": [{\"role\": \"user\", \"content\": [{\"type\": \"image\", \"url\": \"x\"}]}]}"))
                .hasMessageContaining(
                        "line 1: \"prompt\"[0] must have a role of system, user, assistant, tool and a text");
    }

    @Test
    void textsAreReadForLanguageModelling() throws IOException {
        assertThat(read(new TextFormat(), "{\"text\": \"grün\"}")).containsExactly("grün");
        assertThatThrownBy(() -> read(new TextFormat(), "{\"text\": \"\"}"))
                .hasMessageContaining("line 1: \"text\" is empty");
    }

    @Test
    void halfACharacterIsRefused() {
        assertThatThrownBy(() -> read(new TextFormat(), "{\"text\": \"cut \\ud83d\"}"))
                .hasMessageContaining("line 1: \"text\" holds half of a surrogate pair");
    }

    @Test
    void nemosAnswersMayBeTurnsAndItsContextAConversation() throws IOException {
        String turn = "[{\"role\": \"assistant\", \"content\": \"%s\"}]";
        assertThat(read(
                        new RankingFormat(),
                        "{\"context\": [{\"role\": \"user\", \"content\": \"why?\"}], \"completions\": [{\"rank\": 0,"
                                + " \"completion\": " + turn.formatted("a") + "}, {\"rank\": 1, \"completion\": "
                                + turn.formatted("b") + "}]}"))
                .containsExactly(new RankedAnswers(CHAT, List.of("a", "b"), List.of(0, 1)));
    }

    @Test
    void everyBadLineIsReportedWithItsNumberAndReason() {
        assertThatThrownBy(() -> read(
                        new DemonstrationFormat(),
                        "{\"prompt\": \"a\", \"completion\": \"b\"}",
                        "not json",
                        "",
                        "[1]",
                        "{\"question\": \"a\"}",
                        "{\"prompt\": \"a\", \"completion\": 7}",
                        "{\"prompt\": \"a\", \"completion\": \"\"}",
                        "{\"prompt\": \"a\"}",
                        "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}",
                        "{\"messages\": [{\"role\": \"robot\", \"content\": \"a\"}]}",
                        "{\"prompt\": \"a\", \"prompt\": \"b\", \"completion\": \"c\"}",
                        "{\"prompt\": \"a\", \"completion\": \"b\"} x",
                        "{\"prompt\": \"a\", \"completion\": \"b\"} {}"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("has 12 bad lines")
                .hasMessageContaining("line 2: is not JSON")
                .hasMessageContaining("line 3: is empty")
                .hasMessageContaining("line 4: is not a JSON object but ARRAY")
                .hasMessageContaining("line 5: has no \"prompt\" and \"completion\", nor \"messages\" but [question]")
                .hasMessageContaining("line 6: \"completion\" must be text, got NUMBER")
                .hasMessageContaining("line 7: \"completion\" holds an empty answer")
                .hasMessageContaining("line 8: has no \"completion\" but [prompt]")
                .hasMessageContaining("line 9: \"messages\" must end with a turn of the assistant")
                .hasMessageContaining("line 10: \"messages\"[0] must have a role")
                .hasMessageContaining("line 11: is not JSON: Duplicate field 'prompt'")
                .hasMessageContaining("line 12: is not JSON")
                .hasMessageEndingWith("line 13: holds more than one JSON value");
    }

    @Test
    void ofVeryManyBadLinesTheRestIsCounted() {
        String[] lines = new String[50];
        Arrays.fill(lines, "nonsense");
        assertThatThrownBy(() -> read(new TextFormat(), lines))
                .hasMessageContaining("has 50 bad lines")
                .hasMessageContaining("line 20:")
                .hasMessageContaining("and 30 more")
                .satisfies(error -> assertThat(error.getMessage()).doesNotContain("line 21:"));
    }

    @Test
    void badRankingsAreRefused() {
        assertThatThrownBy(() -> read(
                        new RankingFormat(),
                        "{\"prompt\": \"a\", \"completions\": [\"b\"], \"ranks\": [1]}",
                        "{\"prompt\": \"a\", \"completions\": [\"b\", \"c\"], \"ranks\": [1]}",
                        "{\"prompt\": \"a\", \"completions\": [\"b\", \"c\"], \"ranks\": [1, 1.5]}",
                        "{\"chosen\": \"a\", \"rejected\": \"b\"}",
                        "{\"prompt\": \"a\"}"))
                .hasMessageContaining("line 1: \"completions\" must list at least two answers")
                .hasMessageContaining("line 2: \"ranks\" must hold one rank for each of 2 answers, got 1")
                .hasMessageContaining("line 3: \"ranks\" must be whole numbers")
                .hasMessageContaining("line 4: has no \"prompt\"")
                .hasMessageContaining("line 5: has no \"completions\", nor \"chosen\" and \"rejected\"");
    }

    private static <E> List<E> read(LineFormat<E> format, String... lines) throws IOException {
        return read(settings(FieldNames.USUAL, "", ""), format, lines);
    }

    private static <E> List<E> read(DataSettings settings, LineFormat<E> format, String... lines) throws IOException {
        List<E> examples = new ArrayList<>();
        LineProblems problems = new LineProblems("data", 0);
        try (ByteLines bytes =
                new ByteLines(new ByteArrayInputStream(String.join("\n", lines).getBytes(StandardCharsets.UTF_8)))) {
            while (bytes.next()) {
                try {
                    examples.add(format.parse(new JsonLine(JsonLines.object(bytes), settings)));
                } catch (MalformedLineException e) {
                    problems.add("data", bytes.number(), e.reason());
                }
            }
        }
        problems.throwIfTooMany();
        return examples;
    }

    private static DataSettings settings(FieldNames fields, String prefix, String suffix) {
        return new DataSettings("data", Optional.empty(), 0, 100, TooLong.FAIL, 100, 0, fields, prefix, suffix);
    }
}
