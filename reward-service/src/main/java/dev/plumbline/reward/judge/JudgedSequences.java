package dev.plumbline.reward.judge;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Weigher;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.TokenSequence;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What models said of sequences, as far as a bound of bytes allows, so that a record that is delivered again or a
 * comparison after a score costs nothing. A version's weights never change, so what it said stays true.
 */
final class JudgedSequences {

    /** About what an entry takes beside its numbers: key, headers and the cache's node. */
    private static final int ENTRY_BYTES = 160;

    /** A score does not depend on where the prompt ends. */
    private static final int NO_PROMPT = 0;

    private record Question(ModelVersion model, float temperature, int promptLength, IntBuffer ids) {}

    private final Cache<Question, float[]> known;

    /** @param bytes held at most; 0 keeps nothing */
    JudgedSequences(long bytes) {
        Weigher<Question, float[]> weigher = (question, numbers) ->
                ENTRY_BYTES + Integer.BYTES * question.ids().capacity() + Float.BYTES * numbers.length;
        this.known = Caffeine.newBuilder()
                .maximumWeight(bytes)
                .weigher(weigher)
                .executor(Runnable::run)
                .recordStats()
                .build();
    }

    /** The score of each sequence; {@code compute} is asked for those not known. */
    float[] scores(ModelVersion model, List<TokenSequence> sequences, Function<List<TokenSequence>, float[]> compute) {
        List<Question> questions = sequences.stream()
                .map(sequence -> new Question(model, 1, NO_PROMPT, IntBuffer.wrap(sequence.ids())))
                .toList();
        List<float[]> answers = answers(questions, sequences, missing -> {
            List<float[]> each = new ArrayList<>();
            for (float score : compute.apply(missing)) {
                each.add(new float[] {score});
            }
            return each;
        });
        float[] scores = new float[answers.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = answers.get(i)[0];
        }
        return scores;
    }

    /** The log-probabilities of each sequence's response; {@code compute} is asked for those not known. */
    float[][] logProbs(
            ModelVersion model,
            float temperature,
            List<TokenSequence> sequences,
            Function<List<TokenSequence>, float[][]> compute) {
        List<Question> questions = sequences.stream()
                .map(sequence ->
                        new Question(model, temperature, sequence.promptLength(), IntBuffer.wrap(sequence.ids())))
                .toList();
        return answers(questions, sequences, missing -> List.of(compute.apply(missing)))
                .toArray(float[][]::new);
    }

    private List<float[]> answers(
            List<Question> questions,
            List<TokenSequence> sequences,
            Function<List<TokenSequence>, List<float[]>> compute) {
        Map<Question, float[]> answers = new LinkedHashMap<>(known.getAllPresent(questions));
        Map<Question, TokenSequence> missing = new LinkedHashMap<>();
        for (int i = 0; i < questions.size(); i++) {
            if (!answers.containsKey(questions.get(i))) {
                missing.putIfAbsent(questions.get(i), sequences.get(i));
            }
        }
        if (!missing.isEmpty()) {
            List<float[]> computed = compute.apply(List.copyOf(missing.values()));
            List<Question> asked = List.copyOf(missing.keySet());
            for (int i = 0; i < asked.size(); i++) {
                answers.put(asked.get(i), computed.get(i));
                known.put(asked.get(i), computed.get(i));
            }
        }
        List<float[]> inOrder = new ArrayList<>();
        for (Question question : questions) {
            inOrder.add(answers.getOrDefault(question, new float[0]));
        }
        return inOrder;
    }

    /** Sequences of which something was known. */
    long hits() {
        return known.stats().hitCount();
    }

    /** Sequences that had to be computed. */
    long misses() {
        return known.stats().missCount();
    }

    /** About how much memory the entries take. */
    long bytes() {
        return known.policy().eviction().orElseThrow().weightedSize().orElseThrow();
    }
}
