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
        int padTokenId) {
    public ModelConfig {
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

    /** The same trunk under another head. */
    public ModelConfig withHead(HeadKind other) {
        return new ModelConfig(
                family,
                other,
                dimensions,
                attention,
                positions,
                mlpBias,
                tiedEmbeddings,
                normEpsilon,
                initializerRange,
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
