package dev.plumbline.lm;

import dev.plumbline.lm.architecture.HeadKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Cuts sequences in two halves of about the same work, which depend on the sequences only. Sequences with the same prompt
 * stay together where they can, so that their prompt is computed once.
 */
final class Halves {
    /**
     * The most that the larger half may have of the work. Half of the threads on more of it take longer than all threads on the
     * whole, which on two threads gain 1.5 (a small model) to 1.7 (a larger one).
     */
    private static final double MOST = 0.56;

    private final List<TokenSequence> sequences;
    private final List<Object> prompts;
    private final HeadKind head;

    private Halves(MicroBatch batch, HeadKind head) {
        this.sequences = batch.sequences();
        this.prompts = batch.prompts();
        this.head = head;
    }

    /** Two lists of indices, each in ascending order, or one of all indices if no cut is even enough. */
    static List<List<Integer>> of(MicroBatch batch, HeadKind head) {
        return new Halves(batch, head).cut();
    }

    /** The indices of all sequences. */
    static List<Integer> all(List<TokenSequence> sequences) {
        return IntStream.range(0, sequences.size()).boxed().toList();
    }

    /** Sequences, as indices, and how many tokens are computed for them. */
    private final class Half {
        private final List<Integer> members = new ArrayList<>();
        private final Set<Object> read = new HashSet<>();
        private int tokens;

        void add(List<Integer> unit) {
            members.addAll(unit);
            for (int i : unit) {
                TokenSequence sequence = sequences.get(i);
                int computed = computed(i);
                if (computed > 0) {
                    boolean promptIsNew = read.add(prompts.get(i));
                    tokens += promptIsNew ? computed : computed - sequence.promptLength();
                }
            }
        }

        List<Integer> inOrder() {
            return members.stream().sorted().toList();
        }
    }

    private int computed(int sequence) {
        return Packing.computed(sequences.get(sequence), head);
    }

    private List<List<Integer>> cut() {
        List<Integer> all = all(sequences);
        Half whole = new Half();
        whole.add(all);
        Map<Object, List<Integer>> byPrompt =
                all.stream().collect(Collectors.groupingBy(prompts::get, LinkedHashMap::new, Collectors.toList()));
        List<List<Integer>> singly = all.stream().map(List::of).toList();
        for (List<List<Integer>> units : List.of(List.copyOf(byPrompt.values()), singly)) {
            List<Half> halves = dealt(units);
            int larger = Math.max(halves.get(0).tokens, halves.get(1).tokens);
            if (larger <= MOST * whole.tokens) {
                return halves.stream().map(Half::inOrder).toList();
            }
        }
        return List.of(all);
    }

    /** The largest first, each to the half that has less. */
    private List<Half> dealt(List<List<Integer>> units) {
        Half first = new Half();
        Half second = new Half();
        units.stream()
                .sorted(Comparator.comparingInt((List<Integer> unit) ->
                                unit.stream().mapToInt(this::computed).sum())
                        .reversed())
                .forEach(unit -> (second.tokens < first.tokens ? second : first).add(unit));
        return List.of(first, second);
    }
}
