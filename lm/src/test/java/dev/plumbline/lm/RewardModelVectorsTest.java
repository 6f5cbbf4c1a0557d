package dev.plumbline.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RewardModelVectorsTest {
    private static final ComputeSettings SETTINGS = ComputeSettings.cpu(2);

    static List<ModelVectors> models() throws IOException {
        return ModelVectors.reward();
    }

    @ParameterizedTest
    @MethodSource("models")
    void scoresEqualThoseThatTransformersReadsAtTheLastTokenThatIsNoPadding(ModelVectors model) {
        int[] indices = model.tensors().ints("score_index");
        List<TokenSequence> sequences = new ArrayList<>();
        for (int row = 0; row < model.rows(); row++) {
            int[] ids = model.tensors().ints("input_ids", row);
            int last = IntStream.range(0, ids.length)
                    .filter(t -> ids[t] != model.padId())
                    .max()
                    .orElseThrow();
            assertThat(last).as("score index of row %d", row).isEqualTo(indices[row]);
            sequences.add(new TokenSequence(Arrays.copyOf(ids, last + 1), 0));
        }
        try (FrozenModel frozen = FrozenModel.load(model.directory(), SETTINGS)) {
            assertThat(frozen.evaluate(new MicroBatch(sequences, 1)).scores())
                    .containsExactly(model.tensors().floats("scores"), within(ModelVectors.SCORE_TOLERANCE));
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void valuesAreTheScoreHeadAtTheTokenBeforeEachResponseToken(ModelVectors model) {
        List<TokenSequence> sequences = new ArrayList<>();
        for (int row = 0; row < model.rows(); row++) {
            sequences.add(new TokenSequence(model.validIds(row), 1));
        }
        try (FrozenModel frozen = FrozenModel.load(model.directory(), SETTINGS)) {
            Outputs outputs = frozen.evaluate(new MicroBatch(sequences, 1));
            for (int row = 0; row < model.rows(); row++) {
                float[] expected = model.tensors().floats("scores_every_position", row);
                int last = sequences.get(row).ids().length - 1;
                assertThat(outputs.values()[row])
                        .as("row %d", row)
                        .containsExactly(Arrays.copyOf(expected, last), within(ModelVectors.SCORE_TOLERANCE));
                assertThat(outputs.scores()[row])
                        .as("row %d", row)
                        .isCloseTo(expected[last], within(ModelVectors.SCORE_TOLERANCE));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void scoresOfRowsPaddedOnTheLeftFollowTheirPositions(ModelVectors model) {
        float[] fromFirstColumn = model.tensors().floats("left_scores_without_position_ids");
        float[] fromFirstToken = model.tensors().floats("left_scores_with_position_ids");
        try (FullLogits scores = new FullLogits(model.directory(), SETTINGS)) {
            for (int row = 0; row < fromFirstColumn.length; row++) {
                int[] mask = model.tensors().ints("left_attention_mask", row);
                int pads = (int) Arrays.stream(mask).filter(valid -> valid == 0).count();
                int[] ids = model.validIds("left_input_ids", "left_attention_mask", row);
                assertThat(scores.of(ids, pads)[ids.length - 1])
                        .as("row %d, positions from the first column", row)
                        .isCloseTo(fromFirstColumn[row], within(ModelVectors.SCORE_TOLERANCE));
                assertThat(scores.of(ids, 0)[ids.length - 1])
                        .as("row %d, positions from the first token", row)
                        .isCloseTo(fromFirstToken[row], within(ModelVectors.SCORE_TOLERANCE));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void rewardsOfQueriesAndResponsesEqualThoseOfTrl(ModelVectors model) {
        int contextLength = model.cases()
                .required("trl_get_reward")
                .required("context_length")
                .intValue();
        int[] lastTokens = model.tensors().ints("trl_sequence_lengths");
        float[] finalRewards = model.tensors().floats("trl_final_rewards");
        try (FrozenModel frozen = FrozenModel.load(model.directory(), SETTINGS)) {
            for (int row = 0; row < lastTokens.length; row++) {
                TokenSequence sequence = model.queryAndResponse(row, contextLength);
                int queryPads = contextLength - sequence.promptLength();
                assertThat(lastTokens[row])
                        .as("last token of row %d", row)
                        .isEqualTo(queryPads + sequence.ids().length - 1);
                Outputs outputs = frozen.evaluate(new MicroBatch(List.of(new TokenSequence(sequence.ids(), 1)), 1));
                float[] expected = model.tensors().floats("trl_reward_logits", row);
                assertThat(outputs.values()[0])
                        .as("row %d", row)
                        .containsExactly(
                                Arrays.copyOfRange(expected, queryPads, lastTokens[row]),
                                within(ModelVectors.SCORE_TOLERANCE));
                assertThat(outputs.scores()[0])
                        .as("row %d", row)
                        .isCloseTo(expected[lastTokens[row]], within(ModelVectors.SCORE_TOLERANCE))
                        .isCloseTo(finalRewards[row], within(ModelVectors.SCORE_TOLERANCE));
            }
        }
    }
}
