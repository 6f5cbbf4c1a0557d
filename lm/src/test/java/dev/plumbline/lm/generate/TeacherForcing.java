package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenSequence;
import java.util.Arrays;
import java.util.List;

/** An answer's log-probabilities, against the model computed over the whole sequence. */
final class TeacherForcing {
    static final double TOLERANCE = 1e-4;

    private TeacherForcing() {}

    /** Requires that the raw log-probabilities are the same within {@link #TOLERANCE}; how many were compared. */
    static int requireEqual(FrozenModel frozen, GenerationRequest request, GeneratedSample sample) {
        if (sample.ids().length == 0) {
            return 0;
        }
        TokenSequence whole = new TokenSequence(join(request.promptIds(), sample.ids()), request.promptIds().length);
        float[] forced = frozen.evaluate(new MicroBatch(List.of(whole), 1)).logProbs()[0];
        assertThat(sample.rawLogProbs()).hasSameSizeAs(forced);
        for (int i = 0; i < forced.length; i++) {
            assertThat(Math.abs((double) sample.rawLogProbs()[i] - forced[i])).isLessThan(TOLERANCE);
        }
        return forced.length;
    }

    /** One sequence after the other. */
    static int[] join(int[] first, int[] second) {
        int[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
