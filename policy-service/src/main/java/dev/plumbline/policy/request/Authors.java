package dev.plumbline.policy.request;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import java.util.ArrayList;
import java.util.List;

/** Which versions made which tokens of the answers to one prompt, one version after the other. */
public final class Authors {
    /** Tokens of each answer. */
    private final int[] tokens;

    private final List<Author> authors = new ArrayList<>();

    /** @param from its first token in each answer */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Author(ModelVersion version, int[] from) {}

    /** The first version, before any token. */
    public Authors(int samples, ModelVersion first) {
        tokens = new int[samples];
        goOn(first);
    }

    /** All answers go on with another version. */
    public void goOn(ModelVersion version) {
        authors.add(new Author(version, tokens.clone()));
    }

    /** An answer has one more token. */
    public void token(int sample) {
        tokens[sample]++;
    }

    /** The version that makes the next token. */
    public ModelVersion last() {
        return authors.get(authors.size() - 1).version();
    }

    /** Of an answer, all of its tokens without a gap; one empty span if it has none. */
    public List<ModelVersionSpan> spans(int sample) {
        List<ModelVersionSpan> spans = new ArrayList<>();
        int to = tokens[sample];
        for (int i = authors.size() - 1; i >= 0; i--) {
            int from = authors.get(i).from()[sample];
            if (from < to) {
                spans.add(0, span(authors.get(i).version(), from, to));
                to = from;
            }
        }
        if (spans.isEmpty()) {
            spans.add(span(last(), 0, 0));
        }
        return spans;
    }

    private static ModelVersionSpan span(ModelVersion version, int from, int to) {
        return ModelVersionSpan.newBuilder()
                .setModel(version.toString())
                .setFromToken(from)
                .setToToken(to)
                .build();
    }
}
