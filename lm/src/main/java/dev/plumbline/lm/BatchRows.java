package dev.plumbline.lm;

import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.decoder.PackedBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where the outputs of a micro-batch lie: which of its packed tokens are read, in which order, and how the numbers read
 * there become ragged rows again.
 */
final class BatchRows {
    private final MicroBatch batch;
    private final HeadKind head;
    private final double scoreBias;

    /** Per sequence, how many response tokens are read. */
    private final int[] counts;

    BatchRows(MicroBatch batch, ModelConfig config) {
        this.batch = batch;
        this.head = config.head();
        this.scoreBias = config.scoreBias();
        for (int i = 0; i < batch.sequences().size(); i++) {
            check(i, batch.sequences().get(i), config);
        }
        this.counts = batch.sequences().stream()
                .mapToInt(sequence -> sequence.promptLength() == 0 ? 0 : sequence.responseLength())
                .toArray();
    }

    private static void check(int index, TokenSequence sequence, ModelConfig config) {
        int[] ids = sequence.ids();
        if (ids.length == 0) {
            throw new IllegalArgumentException("sequence " + index + " has no tokens");
        }
        if (ids.length > config.maxPositions()) {
            throw new IllegalArgumentException("sequence " + index + " has " + ids.length
                    + " tokens, the model's context is " + config.maxPositions() + "; shorten it");
        }
        if (config.head() == HeadKind.CAUSAL && sequence.promptLength() == 0) {
            throw new IllegalArgumentException(
                    "sequence " + index + " has promptLength 0; a language model predicts from at least one token");
        }
        for (int id : ids) {
            if (id < 0 || id >= config.vocabularySize()) {
                throw new IllegalArgumentException("sequence " + index + " has token id " + id
                        + ", the model's vocabulary has " + config.vocabularySize());
            }
        }
    }

    /** Whether there is nothing to compute. */
    boolean isEmpty() {
        return head == HeadKind.CAUSAL && Arrays.stream(counts).sum() == 0;
    }

    /** The tokens without padding, with prompts that several sequences have there once, and what is read of them. */
    PackedBatch toPackedBatch() {
        Packing packing = new Packing(batch, head);
        return packing.toBatch(rows(packing), targets());
    }

    /** Where outputs are read: at the tokens before all response tokens, then, under a score head, at the last tokens. */
    private long[] rows(Packing packing) {
        List<TokenSequence> sequences = batch.sequences();
        int responses = Arrays.stream(counts).sum();
        long[] rows = new long[size()];
        int row = 0;
        for (int i = 0; i < sequences.size(); i++) {
            TokenSequence sequence = sequences.get(i);
            for (int t = 0; t < counts[i]; t++, row++) {
                rows[row] = packing.place(i, sequence.promptLength() + t - 1);
            }
            if (head == HeadKind.SCORE) {
                rows[responses + i] = packing.place(i, sequence.ids().length - 1);
            }
        }
        return rows;
    }

    /** How many numbers the decoder gives for each output. */
    int size() {
        int responses = Arrays.stream(counts).sum();
        return head == HeadKind.SCORE ? responses + counts.length : responses;
    }

    /** Where among these numbers those stand that a batch of some of the sequences would have. */
    int[] places(List<Integer> members) {
        int responses = Arrays.stream(counts).sum();
        int[] starts = new int[counts.length];
        for (int i = 1; i < counts.length; i++) {
            starts[i] = starts[i - 1] + counts[i - 1];
        }
        IntStream read = members.stream().flatMapToInt(i -> IntStream.range(starts[i], starts[i] + counts[i]));
        IntStream last = head == HeadKind.SCORE ? members.stream().mapToInt(i -> responses + i) : IntStream.empty();
        return IntStream.concat(read, last).toArray();
    }

    /** The response tokens, if they are predicted. */
    private long[] targets() {
        if (head == HeadKind.SCORE) {
            return new long[0];
        }
        return batch.sequences().stream()
                .flatMapToInt(sequence -> Arrays.stream(sequence.ids()).skip(sequence.promptLength()))
                .asLongStream()
                .toArray();
    }

    /** From the decoder's numbers per row to the outputs. */
    Outputs outputs(List<float[]> flat) {
        if (head == HeadKind.CAUSAL) {
            return Outputs.ofLanguage(ragged(flat.get(0)), ragged(flat.get(1)));
        }
        float[] read = biased(flat.get(0));
        return Outputs.ofScores(ragged(read), Arrays.copyOfRange(read, read.length - counts.length, read.length));
    }

    /** A constant beside the weights, so that derivatives know nothing of it. */
    private float[] biased(float[] scores) {
        float[] biased = new float[scores.length];
        for (int i = 0; i < scores.length; i++) {
            biased[i] = (float) (scores[i] + scoreBias);
        }
        return biased;
    }

    /** The outputs of a batch that {@link #isEmpty}. */
    Outputs emptyOutputs() {
        return Outputs.ofLanguage(ragged(new float[0]), ragged(new float[0]));
    }

    /** From derivatives of the outputs to derivatives of the decoder's numbers per row. */
    List<float[]> flat(OutputDerivatives derivatives) {
        List<float[]> flat = new ArrayList<>();
        if (head == HeadKind.CAUSAL) {
            refuse("values", derivatives.values().length);
            refuse("scores", derivatives.scores().length);
            flat.add(flat("logProbs", derivatives.logProbs()));
            if (derivatives.entropies().length > 0) {
                flat.add(flat("entropies", derivatives.entropies()));
            }
            return flat;
        }
        refuse("logProbs", derivatives.logProbs().length);
        refuse("entropies", derivatives.entropies().length);
        float[] values = flat("values", derivatives.values());
        float[] all = Arrays.copyOf(values, values.length + counts.length);
        if (derivatives.scores().length > 0) {
            requireLength("scores", counts.length, derivatives.scores().length);
            System.arraycopy(derivatives.scores(), 0, all, values.length, counts.length);
        }
        flat.add(all);
        return flat;
    }

    private void refuse(String name, int length) {
        if (length > 0) {
            throw new IllegalArgumentException("a model with a " + head + " head has no " + name
                    + "; their derivatives must be an array of length 0");
        }
    }

    private static void requireLength(String name, int expected, int actual) {
        if (expected != actual) {
            throw new IllegalArgumentException(
                    "derivatives of " + name + " must have the outputs' length " + expected + ", got " + actual);
        }
    }

    private float[][] ragged(float[] flat) {
        float[][] ragged = new float[counts.length][];
        int start = 0;
        for (int i = 0; i < counts.length; i++) {
            ragged[i] = Arrays.copyOfRange(flat, start, start + counts[i]);
            start += counts[i];
        }
        return ragged;
    }

    private float[] flat(String name, float[][] ragged) {
        float[] flat = new float[Arrays.stream(counts).sum()];
        if (ragged.length == 0) {
            return flat;
        }
        requireLength(name, counts.length, ragged.length);
        int start = 0;
        for (int i = 0; i < counts.length; i++) {
            requireLength(name + " of sequence " + i, counts[i], ragged[i].length);
            System.arraycopy(ragged[i], 0, flat, start, counts[i]);
            start += counts[i];
        }
        return flat;
    }
}
