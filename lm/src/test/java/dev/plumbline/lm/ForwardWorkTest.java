package dev.plumbline.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.checkpoint.Checkpoint;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * By hand, for a model whose layers have maps of 5184 elements, of which 1536 are those to queries, keys and values, two
 * layers, queries of 32 and a head of 24 × 50. A token costs 2 · (2 · 5184 − 3648) operations and one that is read 2 · (3648 +
 * 24 · 50) more; a pair of query and key costs 2 layers · 2 products · 2 · 32 = 256.
 */
class ForwardWorkTest {
    private static final int TOKEN = 2 * (2 * 5184 - 3648);
    private static final int READ = 2 * (3648 + 24 * 50);
    private static final int PAIR = 256;
    private static final ComputeSettings ONE = ComputeSettings.cpu(1);

    @TempDir
    Path directory;

    @Test
    void aSequenceByItselfHasNoPadding() throws IOException {
        assertThat(work(ONE, sequence(1, 1, 5))).isEqualTo(new ForwardWork(4 * TOKEN + 4 * READ + 16 * PAIR, 0));
    }

    @Test
    void attentionAloneIsPaddedToTheLongest() throws IOException {
        ForwardWork work = work(ONE, sequence(1, 1, 5), sequence(2, 2, 3));

        // 4 tokens of the first and 2 of the second are computed: 2 rows of 4 · 4 pairs, of which 16 and 4 are wanted.
        assertThat(work).isEqualTo(new ForwardWork(6 * TOKEN + 5 * READ + 32 * PAIR, 12 * PAIR));
        assertThat(work.paddingShare()).isCloseTo(3072.0 / 137312, within(1e-15));
    }

    @Test
    void branchesArePaddedBehindTheirPrompt() throws IOException {
        // A prompt of 3 tokens, 3 · 3 pairs; behind it 3 tokens and 1, in 2 rows of 3 · (3 + 3) pairs, of which 18 and
        // 4.
        assertThat(work(ONE, sequence(1, 3, 7), sequence(1, 3, 5)))
                .isEqualTo(new ForwardWork(7 * TOKEN + 6 * READ + 45 * PAIR, 14 * PAIR));
    }

    @Test
    void halvesArePaddedEachForItself() throws IOException {
        TokenSequence[] sequences = {sequence(1, 1, 7), sequence(2, 1, 4), sequence(3, 1, 4)};

        assertThat(work(ONE, sequences).padding()).isEqualTo(2 * (36 - 9) * PAIR);
        // The first is one half, the others the other.
        assertThat(work(ComputeSettings.cpu(2), sequences).padding()).isZero();
    }

    @Test
    void aScoreHeadIsOneRow() throws IOException {
        ModelConfig config = config().withHead(HeadKind.SCORE);
        MicroBatch batch = new MicroBatch(List.of(sequence(1, 4, 4)), 1);
        assertThat(ForwardWork.of(batch, config, ONE))
                .isEqualTo(new ForwardWork(4 * TOKEN + 2 * (3648 + 24) + 16 * PAIR, 0));
    }

    @Test
    void whereNothingIsReadNothingIsComputed() throws IOException {
        assertThat(work(ONE, sequence(1, 4, 4))).isEqualTo(ForwardWork.NONE);
        assertThat(ForwardWork.NONE.paddingShare()).isZero();
    }

    private ForwardWork work(ComputeSettings settings, TokenSequence... sequences) throws IOException {
        return ForwardWork.of(new MicroBatch(List.of(sequences), 1), config(), settings);
    }

    private ModelConfig config() throws IOException {
        return Checkpoint.open(SmallModel.qwen3(directory)).config();
    }

    private static TokenSequence sequence(int first, int promptLength, int length) {
        int[] ids = new int[length];
        ids[0] = first;
        return new TokenSequence(ids, promptLength);
    }
}
