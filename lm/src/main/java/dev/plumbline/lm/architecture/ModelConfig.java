package dev.plumbline.lm.architecture;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.OptionalInt;

/**
 * A decoder as its {@code config.json} describes it. Dropout rates are read over: nothing here drops anything, in
 * learning neither.
 *
 * @param mlpBias whether the maps of the feed-forward part have a bias
 * @param tiedEmbeddings whether the output head of a causal model is the token embedding
 * @param normEpsilon added to the variance in every normalisation
 * @param initializerRange standard deviation of random weights
 * @param scoreBias added to what a score head gives; 0 under another head
 * @param padTokenId the id whose embedding never learns where the family says so, and -1 if the file names none
 */
public record ModelConfig(
        Family family,
        HeadKind head,
        Dimensions dimensions,
        AttentionShape attention,
        Positions positions,
        boolean mlpBias,
        boolean tiedEmbeddings,
        double normEpsilon,
        double initializerRange,
        double scoreBias,
        int padTokenId) {
    /** The field of {@code config.json} that holds {@link #scoreBias}; transformers keeps it but does not add it. */
    public static final String SCORE_BIAS = "score_bias";

    public ModelConfig {
        if (!Double.isFinite(scoreBias)) {
            throw new IllegalArgumentException(SCORE_BIAS + " must be finite, got " + scoreBias);
        }
        if (attention.windows().size() != dimensions.layers()) {
            throw new IllegalArgumentException("windows must have one entry for each of the " + dimensions.layers()
                    + " layers, got " + attention.windows().size());
        }
    }

    /**
     * Reads a parsed {@code config.json}.
     *
     * @param where the file, for messages
     * @throws InvalidModelException with every unsupported or impossible field
     */
    public static ModelConfig parse(String where, ObjectNode json) {
        return new ConfigReader(where, json).read();
    }

    /** The same trunk under this kind of head; one of another kind is new and has no bias. */
    public ModelConfig withHead(HeadKind kind) {
        return with(kind, kind == head ? scoreBias : 0);
    }

    /** The same, with another bias of the score head. */
    public ModelConfig withScoreBias(double bias) {
        if (head != HeadKind.SCORE) {
            throw new IllegalStateException("only a score head has a bias, this is a " + head + " head");
        }
        return with(head, bias);
    }

    private ModelConfig with(HeadKind kind, double bias) {
        return new ModelConfig(
                family,
                kind,
                dimensions,
                attention,
                positions,
                mlpBias,
                tiedEmbeddings,
                normEpsilon,
                initializerRange,
                bias,
                padTokenId);
    }

    /** The padding id of {@code config.json}. */
    public OptionalInt padId() {
        return padTokenId < 0 ? OptionalInt.empty() : OptionalInt.of(padTokenId);
    }

    public int vocabularySize() {
        return dimensions.vocabulary();
    }

    public int hiddenSize() {
        return dimensions.hidden();
    }

    public int layers() {
        return dimensions.layers();
    }

    /** The longest sequence, in tokens. */
    public int maxPositions() {
        return dimensions.positions();
    }
}
