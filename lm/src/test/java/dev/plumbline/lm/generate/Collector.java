package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Keeps what is generated for one request, and checks that the news fit together. */
class Collector implements GenerationListener {
    private final boolean readsAlong;
    private final Map<Integer, List<Integer>> tokens = new HashMap<>();
    private final Map<Integer, StringBuilder> texts = new HashMap<>();
    private final Map<Integer, GeneratedSample> samples = new TreeMap<>();
    private final List<PromptLogProbs> prompts = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>();

    Collector() {
        this(true);
    }

    Collector(boolean readsAlong) {
        this.readsAlong = readsAlong;
    }

    @Override
    public boolean readsAlong() {
        return readsAlong;
    }

    @Override
    public void onPrompt(PromptLogProbs prompt) {
        assertThat(tokens).as("the prompt is told of before any token").isEmpty();
        prompts.add(prompt);
    }

    @Override
    public void onToken(int sample, GeneratedToken token, String textDelta) {
        assertThat(samples).as("no token follows a finished answer").doesNotContainKey(sample);
        tokens.computeIfAbsent(sample, key -> new ArrayList<>()).add(token.id());
        texts.computeIfAbsent(sample, key -> new StringBuilder()).append(textDelta);
    }

    @Override
    public void onSample(GeneratedSample sample) {
        assertThat(samples).as("an answer ends once").doesNotContainKey(sample.index());
        assertThat(sample.ids())
                .as("tokens were streamed")
                .containsExactly(tokens.getOrDefault(sample.index(), List.of()).stream()
                        .mapToInt(Integer::intValue)
                        .toArray());
        assertThat(sample.text())
                .as("pieces join to the text")
                .isEqualTo(
                        texts.getOrDefault(sample.index(), new StringBuilder()).toString());
        samples.put(sample.index(), sample);
    }

    @Override
    public void onFailure(Throwable failure) {
        failures.add(failure);
    }

    /** How many tokens an answer has by now. */
    int tokens(int sample) {
        return tokens.getOrDefault(sample, List.of()).size();
    }

    /** What an answer's text is by now. */
    String text(int sample) {
        return texts.getOrDefault(sample, new StringBuilder()).toString();
    }

    List<Throwable> failures() {
        return failures;
    }

    /** What was told of the prompt, each time that it was. */
    List<PromptLogProbs> prompts() {
        return prompts;
    }

    /** The finished answers by index. */
    List<GeneratedSample> samples() {
        return List.copyOf(samples.values());
    }

    GeneratedSample only() {
        assertThat(failures).isEmpty();
        assertThat(samples).hasSize(1);
        return samples.values().iterator().next();
    }
}
