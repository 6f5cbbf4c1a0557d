package dev.plumbline.policy.openai;

import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.TopLogprobs;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.PromptLogprobs;
import dev.plumbline.proto.policy.v1.SampleDelta;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Text with its tokens.
 *
 * @param ids of the tokens
 * @param logprobs in nats under the plain model, or that which was sampled from, per token; fewer than tokens if they are not known
 * @param alternatives to each token; fewer than tokens if they are not known
 */
record Spoken(String text, List<Integer> ids, List<Float> logprobs, List<TopLogprobs> alternatives) {
    /** @param processed with the log-probabilities of the distribution that was really sampled from */
    static Spoken of(Sample sample, boolean processed) {
        return new Spoken(
                sample.getText(),
                sample.getTokenIdsList(),
                processed ? sample.getLogprobsList() : sample.getRawLogprobsList(),
                sample.getTopLogprobsList());
    }

    /** @param processed with the log-probabilities of the distribution that was really sampled from */
    static Spoken of(SampleDelta delta, boolean processed) {
        return new Spoken(
                delta.getText(),
                delta.getTokenIdsList(),
                processed ? delta.getLogprobsList() : delta.getRawLogprobsList(),
                delta.getTopLogprobsList());
    }

    static Spoken text(String text) {
        return new Spoken(text, List.of(), List.of(), List.of());
    }

    /** The prompt that was answered; its first token has no log-probability, which is NaN here. */
    static Spoken prompt(String text, GenerateResponse response) {
        PromptLogprobs known = response.getPromptLogprobs();
        List<Float> logprobs = Stream.concat(
                        known.getRawLogprobsList().stream().limit(1).map(nothing -> Float.NaN),
                        known.getRawLogprobsList().stream().skip(1))
                .toList();
        return new Spoken(text, response.getPromptTokenIdsList(), logprobs, known.getTopLogprobsList());
    }

    /** This after something else. */
    Spoken after(Spoken before) {
        return new Spoken(
                before.text + text,
                concat(before.ids.stream(), ids),
                concat(before.tokens().mapToObj(before::logprob), logprobs),
                concat(before.tokens().mapToObj(before::alternatives), alternatives));
    }

    private IntStream tokens() {
        return IntStream.range(0, size());
    }

    private static <T> List<T> concat(Stream<T> before, List<T> own) {
        return Stream.concat(before, own.stream()).toList();
    }

    int size() {
        return ids.size();
    }

    /** NaN if it is not known. */
    float logprob(int token) {
        return token < logprobs.size() ? logprobs.get(token) : Float.NaN;
    }

    /** None if they are not known. */
    TopLogprobs alternatives(int token) {
        return token < alternatives.size() ? alternatives.get(token) : TopLogprobs.getDefaultInstance();
    }
}
