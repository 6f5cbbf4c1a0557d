package dev.plumbline.trainer.data;

import java.util.List;

/** Answers to one prompt; ranks.get(i) belongs to answers.get(i), a lower rank is better, equal ranks are a tie. */
public record RankedAnswers(PromptContent prompt, List<String> answers, List<Integer> ranks) {
    public RankedAnswers {
        answers = List.copyOf(answers);
        ranks = List.copyOf(ranks);
        if (answers.size() < 2 || answers.size() != ranks.size()) {
            throw new IllegalArgumentException("a ranked list needs at least two answers and as many ranks, got "
                    + answers.size() + " answers and " + ranks.size() + " ranks");
        }
    }
}
