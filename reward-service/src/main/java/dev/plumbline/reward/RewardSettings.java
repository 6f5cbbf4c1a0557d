package dev.plumbline.reward;

import dev.plumbline.serving.settings.PositiveInteger;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;
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

    /** Models kept in memory. */
    @WithDefault("3")
    @WithConverter(PositiveInteger.class)
    int loadedJudges();

    /** Bytes for scores and reference log-probabilities, by model version and tokens, that need not be computed again. */
    @WithDefault("67108864")
    long knownBytes();
}
