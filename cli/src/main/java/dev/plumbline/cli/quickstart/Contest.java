package dev.plumbline.cli.quickstart;

import dev.plumbline.example.quickstart.Judge;
import java.util.ArrayList;
import java.util.List;

/**
 * Two models' answers to the same prompts, compared by the judge: every answer of one with every answer of the other,
 * ties half.
 *
 * @param winRate share of comparisons that the second model wins
 * @param equalLengthWinRate the same among answers with equally many tokens; NaN if there are none
 * @param equalLengthPairs how many those are
 * @param utilityBefore mean utility of the first model's answers
 * @param utilityAfter mean utility of the second model's answers
 * @param duels the first answers of both, prompt by prompt
 */
record Contest(
        int prompts,
        double winRate,
        double equalLengthWinRate,
        long equalLengthPairs,
        double utilityBefore,
        double utilityAfter,
        List<Duel> duels) {
    Contest {
        duels = List.copyOf(duels);
    }

    /** Two answers to a prompt with the judge's utilities. */
    record Duel(String prompt, String before, int utilityBefore, String after, int utilityAfter) {}

    static Contest between(Judge judge, List<Answered> before, List<Answered> after) {
        if (before.size() != after.size() || before.isEmpty()) {
            throw new IllegalArgumentException("both must have answered the same prompts, at least one, got "
                    + before.size() + " and " + after.size());
        }
        Tally all = new Tally();
        Tally equallyLong = new Tally();
        Mean utilityBefore = new Mean();
        Mean utilityAfter = new Mean();
        List<Duel> duels = new ArrayList<>();
        for (int i = 0; i < before.size(); i++) {
            String prompt = before.get(i).prompt();
            List<Judged> first = judged(judge, before.get(i));
            List<Judged> second = judged(judge, after.get(i));
            first.forEach(answer -> utilityBefore.add(answer.utility));
            second.forEach(answer -> utilityAfter.add(answer.utility));
            for (Judged one : first) {
                for (Judged other : second) {
                    all.count(one, other);
                    if (one.answer.tokens() == other.answer.tokens()) {
                        equallyLong.count(one, other);
                    }
                }
            }
            duels.add(new Duel(
                    prompt,
                    first.get(0).answer.text(),
                    first.get(0).utility,
                    second.get(0).answer.text(),
                    second.get(0).utility));
        }
        return new Contest(
                before.size(),
                all.rate(),
                equallyLong.rate(),
                equallyLong.pairs,
                utilityBefore.value(),
                utilityAfter.value(),
                duels);
    }

    private static List<Judged> judged(Judge judge, Answered answered) {
        return answered.answers().stream()
                .map(answer -> new Judged(
                        answer,
                        judge.verdict(answered.prompt(), answer.text(), answer.complete())
                                .utility()))
                .toList();
    }

    private record Judged(Answered.Answer answer, int utility) {}

    /** Wins of the second over the first. */
    private static final class Tally {
        private double wins;
        private long pairs;

        void count(Judged first, Judged second) {
            pairs++;
            wins += second.utility > first.utility ? 1 : second.utility == first.utility ? 0.5 : 0;
        }

        double rate() {
            return wins / pairs;
        }
    }

    private static final class Mean {
        private double sum;
        private long count;

        void add(double value) {
            sum += value;
            count++;
        }

        double value() {
            return sum / count;
        }
    }
}
