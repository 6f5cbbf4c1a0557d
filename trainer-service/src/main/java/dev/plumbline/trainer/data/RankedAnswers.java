package dev.plumbline.trainer.data;

import java.util.List;
import java.util.Optional;

/**
 * Answers to one prompt.
 *
 * @param ranks ranks.get(i) belongs to answers.get(i), a lower rank is better, equal ranks are a tie
 * @param margins by how much scores of neighbouring ranks are to differ at least, best rank first: one less than there
 *     are different ranks; or empty, which asks for no margin
 * @param source where the list comes from
 */
public record RankedAnswers(
        PromptContent prompt,
        List<String> answers,
        List<Integer> ranks,
        List<Double> margins,
        Optional<String> source) {
    public RankedAnswers {
        answers = List.copyOf(answers);
        ranks = List.copyOf(ranks);
        margins = List.copyOf(margins);
        if (answers.size() < 2 || answers.size() != ranks.size()) {
            throw new IllegalArgumentException("a ranked list needs at least two answers and as many ranks, got "
                    + answers.size() + " answers and " + ranks.size() + " ranks");
        }
        long steps = ranks.stream().distinct().count() - 1;
        if (!margins.isEmpty() && margins.size() != steps) {
            throw new IllegalArgumentException("a ranked list needs one margin for each of the " + steps
                    + " steps from a rank to the next, or none, got " + margins.size());
        }
        for (double margin : margins) {
            if (!(margin >= 0) || Double.isInfinite(margin)) {
                throw new IllegalArgumentException("margins must be >= 0 and finite, got " + margin);
            }
        }
    }

    /** A list without margins, from nowhere in particular. */
    public RankedAnswers(PromptContent prompt, List<String> answers, List<Integer> ranks) {
        this(prompt, answers, ranks, List.of(), Optional.empty());
    }

    /** One per answer, 0 for the best: the margin of a pair is the better answer's less the worse one's. */
    float[] handicaps() {
        List<Integer> different = ranks.stream().distinct().sorted().toList();
        float[] handicaps = new float[ranks.size()];
        for (int i = 0; i < handicaps.length; i++) {
            int steps = margins.isEmpty() ? 0 : different.indexOf(ranks.get(i));
            double handicap = 0;
            for (double margin : margins.subList(0, steps)) {
                handicap -= margin;
            }
            handicaps[i] = (float) handicap;
        }
        return handicaps;
    }
}
