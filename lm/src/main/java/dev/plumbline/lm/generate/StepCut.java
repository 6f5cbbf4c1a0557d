package dev.plumbline.lm.generate;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A step's tokens in two halves, of about as many each if that can be.
 *
 * @param rows the running sequences of the first half; the second has those after them
 * @param prompts which parts of prompts are in the first half, by their places; the second has the others
 * @param sharing whether the halves are even
 */
record StepCut(int rows, Set<Integer> prompts, StepSharing sharing) {
    /** Of the tokens, in a half that counts as even. */
    private static final double MOST_SHARE = 0.6;

    StepCut {
        prompts = Set.copyOf(prompts);
    }

    /** Prompts in the first half, running sequences in the second. */
    static StepCut apart(int prompts) {
        Set<Integer> all = IntStream.range(0, prompts).boxed().collect(Collectors.toSet());
        return new StepCut(0, all, StepSharing.UNEVEN);
    }

    /**
     * Empty if there is nothing for a second half. A part of a prompt stays whole, since each token looks at those before it.
     *
     * @param running sequences, a token of each
     * @param lengths of the parts of prompts
     */
    static Optional<StepCut> of(int running, List<Integer> lengths) {
        Set<Integer> prompts = new HashSet<>();
        int first = 0;
        int second = 0;
        List<Integer> longestFirst = IntStream.range(0, lengths.size())
                .boxed()
                .sorted(Comparator.comparing(lengths::get).reversed())
                .toList();
        for (int prompt : longestFirst) {
            if (first <= second) {
                prompts.add(prompt);
                first += lengths.get(prompt);
            } else {
                second += lengths.get(prompt);
            }
        }
        int all = running + first + second;
        int rows = Math.max(0, Math.min(running, all / 2 - first));
        int larger = Math.max(first + rows, second + running - rows);
        if (larger == all) {
            return Optional.empty();
        }
        int evenHalf = (all + 1) / 2;
        boolean even = larger <= evenHalf || larger <= MOST_SHARE * all;
        return Optional.of(new StepCut(rows, prompts, even ? StepSharing.EVEN : StepSharing.UNEVEN));
    }
}
