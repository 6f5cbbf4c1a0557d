package dev.plumbline.trainer.learn;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.proto.trainer.v1.EvaluationSample;
import dev.plumbline.trainer.data.RankedSequences;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Held-out examples that people see with every evaluation of a run over a dataset: the same ones each time, spread evenly
 * over the data. Their texts are those of the tokens that the model reads, without special ones.
 */
public final class ShownExamples {
    /** Each evaluation writes all of them again, and nobody reads more. */
    public static final int MOST = 20;

    /** A row for each answer, without what an evaluation says of it; by the example's place among those held out. */
    private final NavigableMap<Integer, List<EvaluationSample>> rows;

    private ShownExamples(NavigableMap<Integer, List<EvaluationSample>> rows) {
        this.rows = rows;
    }

    /** For a run whose samples are of another kind. */
    public static ShownExamples none() {
        return new ShownExamples(new TreeMap<>());
    }

    /** A row for each answer to a prompt. */
    public static ShownExamples ofRanked(Tokenizer tokenizer, List<RankedSequences> heldOut) {
        return of(tokenizer, heldOut, RankedSequences::answers);
    }

    /** A row for each example. */
    public static ShownExamples ofDemonstrations(Tokenizer tokenizer, List<TokenSequence> heldOut) {
        return of(tokenizer, heldOut, List::of);
    }

    private static <E> ShownExamples of(
            Tokenizer tokenizer, List<E> heldOut, Function<E, List<TokenSequence>> answers) {
        NavigableMap<Integer, List<EvaluationSample>> rows = new TreeMap<>();
        int count = Math.min(MOST, heldOut.size());
        for (int i = 0; i < count; i++) {
            int place = Math.toIntExact((long) i * heldOut.size() / count);
            rows.put(
                    place,
                    answers.apply(heldOut.get(place)).stream()
                            .map(answer -> row(tokenizer, place, answer))
                            .toList());
        }
        return new ShownExamples(rows);
    }

    private static EvaluationSample row(Tokenizer tokenizer, int place, TokenSequence answer) {
        int[] ids = answer.ids();
        return EvaluationSample.newBuilder()
                .setPromptId("held-out-" + place)
                .setPrompt(tokenizer.decode(Arrays.copyOf(ids, answer.promptLength()), true))
                .setAnswer(tokenizer.decode(Arrays.copyOfRange(ids, answer.promptLength(), ids.length), true))
                .build();
    }

    /** For a new evaluation. */
    public Table table() {
        return new Table();
    }

    /** What one evaluation says of them; what it says of other examples is passed over. */
    public final class Table {
        private final NavigableMap<Integer, List<EvaluationSample>> filled = new TreeMap<>();

        private Table() {}

        /**
         * How likely a model thinks an answer.
         *
         * @param place of the example among those held out
         * @param loss nats per token
         */
        public void likelihood(int place, double loss) {
            List<EvaluationSample> known = rows.get(place);
            if (known != null) {
                filled.put(
                        place,
                        known.stream()
                                .map(row -> row.toBuilder().setLoss(loss).build())
                                .toList());
            }
        }

        /**
         * How a model ranks the answers to a prompt.
         *
         * @param place of the prompt among those held out
         * @param ranks one per answer, lower is better
         * @param rewards one per answer, by which the model ranks them
         */
        public void ranking(int place, int[] ranks, double[] rewards) {
            List<EvaluationSample> known = rows.get(place);
            if (known == null) {
                return;
            }
            int pairs = 0;
            int inOrder = 0;
            double[] least = new double[ranks.length];
            Arrays.fill(least, Double.POSITIVE_INFINITY);
            for (int better = 0; better < ranks.length; better++) {
                for (int worse = 0; worse < ranks.length; worse++) {
                    if (ranks[better] < ranks[worse]) {
                        double margin = rewards[better] - rewards[worse];
                        pairs++;
                        inOrder += margin > 0 ? 1 : 0;
                        least[better] = Math.min(least[better], margin);
                        least[worse] = Math.min(least[worse], margin);
                    }
                }
            }
            List<EvaluationSample> told = new ArrayList<>();
            for (int i = 0; i < ranks.length; i++) {
                EvaluationSample.Builder row = known.get(i).toBuilder()
                        .setRank(ranks[i])
                        .setReward((float) rewards[i])
                        .setPairs(pairs)
                        .setPairsInOrder(inOrder);
                if (Double.isFinite(least[i])) {
                    row.setMargin(least[i]);
                }
                told.add(row.build());
            }
            filled.put(place, told);
        }

        /** In the order of the data. */
        public List<EvaluationSample> samples() {
            List<EvaluationSample> samples = new ArrayList<>();
            for (Map.Entry<Integer, List<EvaluationSample>> example : filled.entrySet()) {
                samples.addAll(example.getValue());
            }
            return samples;
        }
    }
}
