package dev.plumbline.policy.remote;

import dev.plumbline.lm.generate.GenerationRequest;
import dev.plumbline.lm.generate.Penalties;
import dev.plumbline.lm.generate.SamplingParameters;
import dev.plumbline.lm.generate.TokenPreferences;

/** Of which distribution a server's log-probabilities are: vLLM's {@code --logprobs-mode}, one for all requests. */
enum LogProbMode {
    /** The plain model's. */
    RAW("raw_logprobs"),
    /** That which tokens are really sampled from. */
    PROCESSED("processed_logprobs");

    private final String option;

    LogProbMode(String option) {
        this.option = option;
    }

    /** As vLLM calls it. */
    String option() {
        return option;
    }

    /** Whether both distributions are one, or the choice is greedy from the plain one. */
    private static boolean plain(GenerationRequest request) {
        SamplingParameters sampling = request.sampling();
        return request.stop().minTokens() == 0 // before which what ends the answer is cut away
                && !sampling.truncates()
                && (sampling.temperature() == 0 || sampling.temperature() == 1)
                && sampling.penalties().equals(Penalties.NONE)
                && sampling.preferences().equals(TokenPreferences.NONE);
    }

    /** What to ask for where a request may choose, as another policy-service lets it. */
    static LogProbMode wanted(GenerationRequest request) {
        return plain(request) || request.sampling().greedy() ? RAW : PROCESSED;
    }

    /** Whether what was sampled has to be computed once more, as a prompt, for the plain model's log-probabilities. */
    boolean scoresApart(GenerationRequest request) {
        return this == PROCESSED && !plain(request);
    }

    /** Whether it tells with which log-probability such a token was really sampled. */
    boolean tells(GenerationRequest request) {
        return this == PROCESSED || wanted(request) == RAW;
    }
}
