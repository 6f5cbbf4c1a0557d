package dev.plumbline.reward;

import dev.plumbline.reward.verifier.VerifierTerms;
import dev.plumbline.serving.settings.PositiveInteger;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** What is set for this service alone. */
@ConfigMapping(prefix = "plumbline.reward")
interface RewardSettings {

    /**
     * The reward of callers and records that name none: a RewardSpec as protobuf JSON,
     * {@code {"components":[{"name":"rm","model":{"model":"reward@3"}}]}}. Without it a Score call has to bring its
     * reward, and a rollout without run gets no trajectory.
     */
    Optional<String> defaultJudges();

    /** Answers that wait at most; beyond, calls are refused with QUEUE_FULL and Kafka partitions pause. */
    @WithDefault("1024")
    @WithConverter(PositiveInteger.class)
    int queuedAnswers();

    /** Tokens computed at once, padding included; bounds memory. */
    @WithDefault("8192")
    @WithConverter(PositiveInteger.class)
    int tokenBudget();

    /** Whether an answer's score is the same to the last bit whatever else is judged: each is computed alone. */
    @WithDefault("false")
    boolean deterministic();

    /** Models kept in memory. */
    @WithDefault("3")
    @WithConverter(PositiveInteger.class)
    int loadedJudges();

    /** Bytes for scores and reference log-probabilities, by model version and tokens, that need not be computed again. */
    @WithDefault("67108864")
    long knownBytes();

    /** The verifiers that rewards may name, by name. A reward never carries an address. */
    Map<String, VerifierSettings> verifiers();

    /** A verifier outside of the house. */
    interface VerifierSettings {

        /** {@code http://…} or {@code https://…} to POST to, or {@code grpc://host:port} or {@code grpcs://host:port}. */
        URI target();

        /** Of one attempt. */
        @WithDefault("10s")
        Duration timeout();

        /** Attempts after the first, when it is away. */
        @WithDefault("2")
        int retries();

        /** Until the first retry; doubles with each. */
        @WithDefault("200ms")
        Duration firstRetryAfter();

        /** The most answers in one call. */
        @WithDefault("32")
        int answersPerCall();

        /** Attempts in a row that find it away, after which it is left alone. */
        @WithDefault("5")
        int failures();

        /** How long it is left alone. */
        @WithDefault("10s")
        Duration openFor();

        /** What these settings come to. */
        default VerifierTerms terms() {
            return new VerifierTerms(
                    target(),
                    answersPerCall(),
                    new VerifierTerms.Patience(timeout(), retries(), firstRetryAfter()),
                    new VerifierTerms.Breaker(failures(), openFor()));
        }
    }
}
