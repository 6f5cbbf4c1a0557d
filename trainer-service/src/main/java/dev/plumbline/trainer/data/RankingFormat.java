package dev.plumbline.trainer.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.plumbline.lm.text.ChatMessage;
import java.util.ArrayList;
import java.util.List;

/**
 * Ranked lists {"prompt", "completions", "ranks"}; NeMo's {"context", "completions": [{"rank", "completion"}]}; pairs
 * {"prompt", "chosen", "rejected"}; pairs whose prompt is what both begin with, as turns or as HH-RLHF's
 * "\n\nHuman: ...\n\nAssistant: ...". A pair may have a "margin", a list "margins" between neighbouring ranks; both a
 * source.
 */
public record RankingFormat() implements LineFormat<RankedAnswers> {
    private static final String ANSWER = "\n\nAssistant:";
    private static final String MARGIN = "margin";
    private static final String MARGINS = "margins";

    @Override
    public RankedAnswers parse(JsonLine line) throws MalformedLineException {
        FieldNames fields = line.fields();
        if (line.has(fields.completions())) {
            return list(line);
        }
        if (!line.has(fields.chosen()) && !line.has(fields.rejected())) {
            throw line.lacks("\"" + fields.completions() + "\", nor \"" + fields.chosen() + "\" and \""
                    + fields.rejected() + "\"");
        }
        JsonNode chosen = line.node(fields.chosen());
        JsonNode rejected = line.node(fields.rejected());
        boolean wholeConversations = chosen.size() > 1 || rejected.size() > 1;
        if (line.has(fields.prompt()) && !wholeConversations) {
            return pair(
                    line,
                    line.prompt(fields.prompt()),
                    line.answer(fields.chosen(), chosen),
                    line.answer(fields.rejected(), rejected));
        }
        if (chosen.isArray() && rejected.isArray()) {
            return implicitTurns(
                    line, line.messages(fields.chosen(), chosen), line.messages(fields.rejected(), rejected));
        }
        return implicitText(line, line.text(fields.chosen()), line.text(fields.rejected()));
    }

    private static RankedAnswers list(JsonLine line) throws MalformedLineException {
        FieldNames fields = line.fields();
        PromptContent prompt =
                line.prompt(line.has(fields.prompt()) || !line.has("context") ? fields.prompt() : "context");
        JsonNode completions = line.node(fields.completions());
        if (!completions.isArray() || completions.size() < 2) {
            throw new MalformedLineException("\"" + fields.completions() + "\" must list at least two answers");
        }
        List<String> answers = new ArrayList<>();
        List<Integer> ranks = new ArrayList<>();
        if (completions.get(0).isObject()) {
            for (JsonNode completion : completions) {
                answers.add(line.answer(fields.completions() + "[].completion", completion.path("completion")));
                ranks.add(rank(fields.completions() + "[].rank", completion.path("rank")));
            }
        } else {
            for (JsonNode completion : completions) {
                answers.add(line.answer(fields.completions(), completion));
            }
            for (JsonNode rank : line.node(fields.ranks())) {
                ranks.add(rank(fields.ranks(), rank));
            }
            if (ranks.size() != answers.size()) {
                throw new MalformedLineException("\"" + fields.ranks() + "\" must hold one rank for each of "
                        + answers.size() + " answers, got " + ranks.size());
            }
        }
        return ranked(line, prompt, answers, ranks, margins(line));
    }

    private static List<Double> margins(JsonLine line) throws MalformedLineException {
        List<Double> margins = new ArrayList<>();
        if (line.has(MARGINS)) {
            JsonNode given = line.node(MARGINS);
            if (!given.isArray()) {
                throw new MalformedLineException("\"" + MARGINS + "\" must be a list of numbers, got " + given);
            }
            for (JsonNode margin : given) {
                margins.add(margin(MARGINS, margin));
            }
        }
        return margins;
    }

    private static double margin(String field, JsonNode margin) throws MalformedLineException {
        if (!margin.isNumber()) {
            throw new MalformedLineException("\"" + field + "\" must be a number, got " + margin);
        }
        return margin.doubleValue();
    }

    private static RankedAnswers ranked(
            JsonLine line, PromptContent prompt, List<String> answers, List<Integer> ranks, List<Double> margins)
            throws MalformedLineException {
        try {
            return new RankedAnswers(prompt, answers, ranks, margins, line.source());
        } catch (IllegalArgumentException e) {
            throw new MalformedLineException(String.valueOf(e.getMessage()));
        }
    }

    private static int rank(String field, JsonNode rank) throws MalformedLineException {
        if (!rank.canConvertToInt() || !rank.isIntegralNumber()) {
            throw new MalformedLineException("\"" + field + "\" must be whole numbers, the best lowest, got " + rank);
        }
        return rank.intValue();
    }

    private static RankedAnswers pair(JsonLine line, PromptContent prompt, String chosen, String rejected)
            throws MalformedLineException {
        if (chosen.isEmpty() && rejected.isEmpty()) {
            throw new MalformedLineException("has two empty answers");
        }
        List<Double> margins = line.has(MARGIN) ? List.of(margin(MARGIN, line.node(MARGIN))) : List.of();
        return ranked(line, prompt, List.of(chosen, rejected), List.of(1, 2), margins);
    }

    private static RankedAnswers implicitTurns(JsonLine line, List<ChatMessage> chosen, List<ChatMessage> rejected)
            throws MalformedLineException {
        int common = chosen.size() - 1;
        boolean samePrompt = rejected.size() == chosen.size()
                && chosen.subList(0, common).equals(rejected.subList(0, common))
                && chosen.get(common).role().equals("assistant")
                && rejected.get(common).role().equals("assistant");
        if (!samePrompt) {
            throw new MalformedLineException("\"" + line.fields().chosen() + "\" and \""
                    + line.fields().rejected() + "\" must be the same turns but for a last one of the assistant");
        }
        return pair(
                line,
                line.chat(chosen.subList(0, common)),
                JsonLine.said(line.fields().chosen(), chosen.get(common)),
                JsonLine.said(line.fields().rejected(), rejected.get(common)));
    }

    /** The prompt reaches to the last "Assistant:" that both texts have in common. */
    private static RankedAnswers implicitText(JsonLine line, String chosen, String rejected)
            throws MalformedLineException {
        int same = 0;
        int shorter = Math.min(chosen.length(), rejected.length());
        while (same < shorter && chosen.charAt(same) == rejected.charAt(same)) {
            same++;
        }
        int end = chosen.lastIndexOf(ANSWER, same - ANSWER.length());
        if (end < 0) {
            throw new MalformedLineException("has no \"" + line.fields().prompt() + "\", and \""
                    + line.fields().chosen() + "\" and \"" + line.fields().rejected()
                    + "\" do not begin with the same \"\\n\\nHuman: ...\\n\\nAssistant:\"");
        }
        int promptLength = end + ANSWER.length();
        return pair(
                line,
                line.textPrompt(chosen.substring(0, promptLength)),
                chosen.substring(promptLength),
                rejected.substring(promptLength));
    }
}
