package dev.plumbline.policy.tool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.lm.text.ToolCall;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ToolScannerTest {
    private static final ToolOffer OFFER = new ToolOffer(Set.of("weather", "time"), true);
    private static final String WEATHER =
            "{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris }]\\\"\", \"days\": 2.0}}";
    private static final ToolCall ASKED = new ToolCall("1", "weather", "{\"city\": \"Paris }]\\\"\", \"days\": 2.0}");
    private static final String TIME = "{\"name\": \"time\", \"parameters\": {}}";

    static Stream<Arguments> texts() {
        ToolCall time = new ToolCall("1", "time", "{}");
        ToolCall second = new ToolCall("2", "time", "{}");
        return Stream.of(
                Arguments.of(ToolForm.HERMES, hermes(WEATHER), new Said("", List.of(ASKED))),
                Arguments.of(
                        ToolForm.HERMES,
                        " Well:\n" + hermes(WEATHER) + "\n" + hermes(TIME) + "\n",
                        new Said(" Well:", List.of(ASKED, second))),
                Arguments.of(ToolForm.HERMES, "a" + hermes(TIME) + " b ", new Said("ab ", List.of(time))),
                Arguments.of(ToolForm.HERMES, "<tool_call> " + TIME + "\n", new Said("", List.of(time))),
                Arguments.of(ToolForm.HERMES, "<tool_call>" + TIME + " </tool", text("<tool_call>" + TIME + " </tool")),
                Arguments.of(ToolForm.HERMES, "1 < 2 <tool_ca ", text("1 < 2 <tool_ca ")),
                Arguments.of(ToolForm.HERMES, hermes("{\"name\": \"time\"}"), text(hermes("{\"name\": \"time\"}"))),
                Arguments.of(ToolForm.HERMES, hermes("x") + hermes(TIME), new Said(hermes("x"), List.of(time))),
                Arguments.of(ToolForm.HERMES, "<tool_call>" + hermes(TIME), new Said("<tool_call>", List.of(time))),
                Arguments.of(ToolForm.LLAMA, "\n" + TIME, new Said("", List.of(time))),
                Arguments.of(ToolForm.LLAMA, WEATHER + " ; " + TIME + " ", new Said("", List.of(ASKED, second))),
                Arguments.of(ToolForm.LLAMA, TIME + "; no", new Said("; no", List.of(time))),
                Arguments.of(ToolForm.LLAMA, "So: <|python_tag|>" + TIME, new Said("So:", List.of(time))),
                Arguments.of(ToolForm.LLAMA, "So: " + TIME, text("So: " + TIME)),
                Arguments.of(ToolForm.LLAMA, "{\"answer\": 42} ", text("{\"answer\": 42} ")),
                Arguments.of(ToolForm.LLAMA, "<|python_tag|>print(1)", text("<|python_tag|>print(1)")),
                Arguments.of(
                        ToolForm.MISTRAL,
                        "[TOOL_CALLS] [" + WEATHER + ", " + TIME + "]",
                        new Said("", List.of(ASKED, second))),
                Arguments.of(ToolForm.MISTRAL, "Hm [TOOL_CALLS][" + TIME + "] so", new Said("Hmso", List.of(time))),
                Arguments.of(ToolForm.MISTRAL, "[TOOL_CALLS][]", text("[TOOL_CALLS][]")),
                Arguments.of(ToolForm.MISTRAL, "[TOOL_CALLS][" + TIME, text("[TOOL_CALLS][" + TIME)),
                Arguments.of(ToolForm.MISTRAL, "[" + TIME + "]", text("[" + TIME + "]")));
    }

    private static String hermes(String json) {
        return "<tool_call>\n" + json + "\n</tool_call>";
    }

    private static Said text(String text) {
        return Said.text(text);
    }

    @ParameterizedTest
    @MethodSource("texts")
    void callsAreTakenOutOfTheTextWhereverItWasCut(ToolForm form, String text, Said expected) {
        assertThat(read(form, OFFER, List.of(text))).isEqualTo(expected);

        assertThat(read(form, OFFER, text.chars().mapToObj(Character::toString).toList()))
                .isEqualTo(expected);
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            int from = random.nextInt(text.length() + 1);
            int to = from + random.nextInt(text.length() - from + 1);
            List<String> pieces = List.of(text.substring(0, from), text.substring(from, to), text.substring(to));
            assertThat(read(form, OFFER, pieces))
                    .as("seed %d, split %d", seed, i)
                    .isEqualTo(expected);
        }
    }

    @Test
    void ofPiecesOfCallsInAnyOrderStreamedIsWhole() {
        List<String> parts = List.of(
                "<tool_call>",
                "</tool_call>",
                "<|python_tag|>",
                "[TOOL_CALLS]",
                "[",
                "]",
                TIME,
                WEATHER,
                ";",
                " ",
                "\n",
                "{",
                "}",
                "\"",
                "a",
                "<",
                ",");
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 3000; i++) {
            List<String> pieces = random.ints(1 + random.nextInt(9), 0, parts.size())
                    .mapToObj(parts::get)
                    .toList();
            String text = String.join("", pieces);
            for (ToolForm form : ToolForm.values()) {
                Said whole = read(form, OFFER, List.of(text));
                assertThat(read(form, OFFER, pieces))
                        .as("seed %d: %s", seed, text)
                        .isEqualTo(whole);
                assertThat(read(
                                form,
                                OFFER,
                                text.chars().mapToObj(Character::toString).toList()))
                        .as("seed %d: %s", seed, text)
                        .isEqualTo(whole);
            }
        }
    }

    @Test
    void onlyWhatMayBeginACallIsHeldBack() {
        ToolScanner scanner = scanner(ToolForm.HERMES, OFFER);

        assertThat(scanner.accept("one <tool")).isEqualTo(Said.text("one"));
        assertThat(scanner.accept("box> two")).isEqualTo(Said.text(" <toolbox> two"));
    }

    @Test
    void aToolThatWasNotOfferedIsText() {
        String text = hermes(TIME);

        assertThat(read(ToolForm.HERMES, new ToolOffer(Set.of("weather"), true), List.of(text)))
                .isEqualTo(Said.text(text));
    }

    @Test
    void oneCallAtATimeDropsTheOthers() {
        Said said = read(
                ToolForm.MISTRAL,
                new ToolOffer(Set.of("weather", "time"), false),
                List.of("[TOOL_CALLS][" + WEATHER + "," + TIME + "]"));

        assertThat(said).isEqualTo(new Said("", List.of(ASKED)));
    }

    @Test
    void aTemplateShowsTheFormItTeaches() {
        assertThat(ToolForm.shownBy("<tool_call>\\n{\\\"name\\\": <name>, \\\"arguments\\\": <args>}\\n</tool_call>"))
                .contains(ToolForm.HERMES);
        assertThat(ToolForm.shownBy("'<tool_call>\\n<function=' + tool_call.name + '>'"))
                .isEmpty();
        assertThat(ToolForm.shownBy("'{\"name\": \"' + call.name + '\", \"parameters\": '"))
                .contains(ToolForm.LLAMA);
        assertThat(ToolForm.shownBy("{{ '[TOOL_CALLS] [' }}")).contains(ToolForm.MISTRAL);
        assertThat(ToolForm.shownBy("{{ '[TOOL_CALLS]' + name + '[ARGS]' }}")).isEmpty();
        assertThat(ToolForm.shownBy("{{ message.content }}")).isEmpty();
    }

    private static Said read(ToolForm form, ToolOffer offer, List<String> pieces) {
        ToolScanner scanner = scanner(form, offer);
        Said said = Said.text("");
        for (String piece : pieces) {
            said = said.then(scanner.accept(piece));
        }
        return said.then(scanner.rest());
    }

    private static ToolScanner scanner(ToolForm form, ToolOffer offer) {
        AtomicInteger last = new AtomicInteger();
        return new ToolScanner(form, offer, () -> Integer.toString(last.incrementAndGet()));
    }
}
