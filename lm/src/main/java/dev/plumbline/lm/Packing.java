package dev.plumbline.lm;

import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.decoder.PackedBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The tokens of sequences side by side, without padding. Where sequences have the same prompt, it is there once, as a
 * root, and what each adds to it is a branch; otherwise each sequence is a root.
 */
final class Packing {
    /** Tokens of a sequence, by its index, that lie side by side from {@code place} on; {@code first} is the first of them. */
    private record Run(int sequence, int first, int length, int place) {}

    /** A run that continues a root. */
    private record Branch(Run run, int root) {}

    private final List<Run> roots = new ArrayList<>();
    private final List<Branch> branches = new ArrayList<>();

    /** Per sequence: where its prompt begins, and where what follows the prompt begins. */
    private final int[] promptPlaces;

    private final int[] answerPlaces;
    private final MicroBatch batch;
    private final List<TokenSequence> sequences;
    private int tokens;

    Packing(MicroBatch batch, HeadKind head) {
        this.batch = batch;
        this.sequences = batch.sequences();
        this.promptPlaces = new int[sequences.size()];
        this.answerPlaces = new int[sequences.size()];
        List<Object> prompts = batch.prompts();
        Map<Object, Integer> rootOfPrompt = new LinkedHashMap<>();
        boolean shared = prompts.stream().distinct().count() < sequences.size();
        for (int i : longestFirst()) {
            TokenSequence sequence = sequences.get(i);
            int computed = computed(sequence, head);
            if (computed == 0) {
                continue;
            }
            if (!shared || sequence.promptLength() == 0) {
                promptPlaces[i] = addRoot(i, computed);
                answerPlaces[i] = promptPlaces[i] + sequence.promptLength();
            } else {
                int root = rootOfPrompt.computeIfAbsent(prompts.get(i), prompt -> {
                    addRoot(i, sequence.promptLength());
                    return roots.size() - 1;
                });
                promptPlaces[i] = roots.get(root).place();
                answerPlaces[i] = addBranch(i, computed, root);
            }
        }
    }

    /** Sums over the tokens are then added up in one order, whatever the order of the sequences, ties aside. */
    private List<Integer> longestFirst() {
        return IntStream.range(0, sequences.size())
                .boxed()
                .sorted(Comparator.comparingInt((Integer i) -> sequences.get(i).ids().length)
                        .reversed())
                .toList();
    }

    /** How many tokens have something read at them, or before a token that has. */
    static int computed(TokenSequence sequence, HeadKind head) {
        return switch (head) {
            case SCORE -> sequence.ids().length;
            // The last token is only predicted.
            case CAUSAL -> sequence.responseLength() == 0 ? 0 : sequence.ids().length - 1;
        };
    }

    private int addRoot(int sequence, int length) {
        int place = tokens;
        roots.add(new Run(sequence, 0, length, place));
        tokens += length;
        return place;
    }

    private int addBranch(int sequence, int computed, int root) {
        int place = tokens;
        int promptLength = sequences.get(sequence).promptLength();
        int length = computed - promptLength;
        if (length > 0) {
            branches.add(new Branch(new Run(sequence, promptLength, length, place), root));
            tokens += length;
        }
        return place;
    }

    /** Where a token of a sequence lies; it must be one that is computed. */
    int place(int sequence, int token) {
        int promptLength = sequences.get(sequence).promptLength();
        return token < promptLength ? promptPlaces[sequence] + token : answerPlaces[sequence] + token - promptLength;
    }

    /** @param rows the places whose outputs are wanted */
    PackedBatch toBatch(long[] rows, long[] targets) {
        List<Run> branchRuns = branches.stream().map(Branch::run).toList();
        boolean even = branches.isEmpty()
                && roots.stream().mapToInt(Run::length).distinct().count() == 1;
        long[] ids = new long[tokens];
        long[] positions = new long[tokens];
        long[] back = new long[tokens];
        PackedBatch.Rectangle rootRows = layOut(roots, 0, ids, positions, back);
        PackedBatch.Rectangle branchRows = layOut(branchRuns, rootRows.places().length, ids, positions, back);
        return new PackedBatch(
                ids,
                positions,
                rootRows,
                roots.stream().mapToLong(Run::length).toArray(),
                branchRows,
                branches.stream().mapToLong(Branch::root).toArray(),
                even ? new long[0] : back,
                rows,
                targets,
                batch.temperature(),
                seeds());
    }

    /** Per token that of its sequence, if the sequences have some. No run is of several sequences then. */
    private long[] seeds() {
        if (batch.seeds().isEmpty()) {
            return new long[0];
        }
        long[] seeds = new long[tokens];
        for (Run run : roots) {
            Arrays.fill(
                    seeds,
                    run.place(),
                    run.place() + run.length(),
                    batch.seeds().get(run.sequence()));
        }
        return seeds;
    }

    /** Writes the runs' tokens and lays them out in a rectangle that is counted from {@code from} on. */
    private PackedBatch.Rectangle layOut(List<Run> runs, int from, long[] ids, long[] positions, long[] back) {
        int width = runs.stream().mapToInt(Run::length).max().orElse(0);
        long[] places = new long[runs.size() * width];
        for (int row = 0; row < runs.size(); row++) {
            Run run = runs.get(row);
            for (int t = 0; t < run.length(); t++) {
                int place = run.place() + t;
                int position = run.first() + t;
                ids[place] = sequences.get(run.sequence()).ids()[position];
                positions[place] = position;
                int laidOut = row * width + t;
                places[laidOut] = place;
                back[place] = (long) from + laidOut;
            }
        }
        return new PackedBatch.Rectangle(places, width);
    }
}
