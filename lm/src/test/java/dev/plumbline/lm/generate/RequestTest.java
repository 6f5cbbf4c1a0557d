package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.plumbline.lm.torch.ComputeSettings;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class RequestTest {
    private static final StopConditions STOP = StopConditions.maxTokens(3);

    @Test
    void samplingParametersOutsideTheirRangeAreRefusedWithTheirValue() {
        assertRefused("temperature must be >= 0 and finite, got -1.0", () -> SamplingParameters.plain(-1));
        assertRefused("temperature must be >= 0 and finite, got NaN", () -> SamplingParameters.plain(Float.NaN));
        assertRefused("temperature must be 0 or at least 1.0E-6, got 1.0E-7", () -> SamplingParameters.plain(1e-7f));
        assertRefused("topK must be >= 0", () -> new SamplingParameters(1, -2, 1, 0));
        assertRefused("topP must be in (0, 1]", () -> new SamplingParameters(1, 0, 0, 0));
        assertRefused("topP must be in (0, 1]", () -> new SamplingParameters(1, 0, 1.5f, 0));
        assertRefused("minP must be in [0, 1]", () -> new SamplingParameters(1, 0, 1, -0.1f));
    }

    @Test
    void penaltiesAndPreferencesOutsideTheirRangeAreRefusedWithTheirValue() {
        assertRefused("repetition must be > 0 and finite (1 is off), got 0.0", () -> new Penalties(0, 0, 0));
        assertRefused("repetition must be > 0", () -> new Penalties(Float.NaN, 0, 0));
        assertRefused("frequency must be in [-2, 2] (0 is off), got 2.5", () -> new Penalties(1, 2.5f, 0));
        assertRefused("presence must be in [-2, 2] (0 is off), got NaN", () -> new Penalties(1, 0, Float.NaN));
        assertRefused(
                "bias must be in [-100, 100], got 101.0 for id 7",
                () -> new TokenPreferences(Map.of(7, 101f), Set.of()));
        assertRefused("alternatives must be from 0 to 20, got 21", () -> new LogProbReport(21, false));
    }

    @Test
    void onlyRealCutsTruncate() {
        assertThat(SamplingParameters.plain(0.3f).truncates()).isFalse();
        assertThat(SamplingParameters.GREEDY.greedy()).isTrue();
        assertThat(new SamplingParameters(1, 3, 1, 0).truncates()).isTrue();
        assertThat(new SamplingParameters(1, 0, 0.9f, 0).truncates()).isTrue();
        assertThat(new SamplingParameters(1, 0, 1, 0.1f).truncates()).isTrue();
    }

    @Test
    void impossibleStopConditionsAreRefused() {
        assertRefused("maxTokens must be >= 1, got 0", () -> StopConditions.maxTokens(0));
        assertRefused("minTokens must be from 0 to maxTokens 3, got 4", () -> stop(3, 4, List.of()));
        assertRefused("stopStrings must not contain an empty string", () -> stop(3, 0, List.of("a", "")));
    }

    @Test
    void impossibleRequestsAreRefused() {
        assertRefused("promptIds must not be empty", () -> request(new int[0], 1, 0));
        assertRefused("samples must be >= 1, got 0", () -> request(new int[] {1}, 0, 0));
        assertRefused("got -1", () -> request(new int[] {1}, 1, -1));
        assertRefused("got 2147483647", () -> request(new int[] {1}, 1, Integer.MAX_VALUE));
    }

    @Test
    void impossibleEngineSettingsAreRefused() {
        ComputeSettings compute = ComputeSettings.cpu(1);
        assertRefused("slots must be >= 1, got 0", () -> new EngineSettings(0, 10, compute));
        assertRefused("maxLength must be >= 2", () -> new EngineSettings(1, 1, compute));
        assertRefused(
                "prefillTokens must be >= 1, got 0",
                () -> new EngineSettings(1, 10, 0, 0, 0, Precision.FLOAT32, Precision.FLOAT32, false, compute));
        assertRefused(
                "if deterministic, precision must be FLOAT32 or BFLOAT16, got AUTO, which goes by timing;"
                        + " cachePrecision must be FLOAT32 or BFLOAT16, got AUTO, which goes by timing; compute.threads"
                        + " must be 1, got 2; maxLength must be >= 32, got 10",
                () -> new EngineSettings(1, 10, 0, 0, 1, Precision.AUTO, Precision.AUTO, true, ComputeSettings.cpu(2)));
    }

    private static GenerationRequest request(int[] promptIds, int samples, int firstSample) {
        return new GenerationRequest(promptIds, samples, firstSample, SamplingParameters.GREEDY, STOP, 0);
    }

    private static StopConditions stop(int maxTokens, int minTokens, List<String> stopStrings) {
        return new StopConditions(maxTokens, minTokens, stopStrings, new int[0], false);
    }

    private static void assertRefused(String message, ThrowingCallable call) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining(message);
    }
}
