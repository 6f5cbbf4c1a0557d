package dev.plumbline.policy;

import dev.plumbline.lm.generate.Precision;
import dev.plumbline.policy.tool.ToolForm;
import dev.plumbline.serving.settings.PositiveDuration;
import dev.plumbline.serving.settings.PositiveInteger;
import dev.plumbline.serving.settings.Share;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** The settings of policy-service alone. */
@ConfigMapping(prefix = "plumbline.policy")
public interface PolicySettings {
    /** Name of the model whose newest version is served. */
    @WithDefault("policy")
    String model();

    /** Sequences of a model that are generated at the same time. */
    @WithDefault("16")
    @WithConverter(PositiveInteger.class)
    int slots();

    /** The most tokens of prompt and answer together, as far as the model has positions for them. */
    @WithDefault("4096")
    @WithConverter(PositiveInteger.class)
    int contextLength();

    /**
     * Memory of each loaded version for keys and values, taken at once, though no more than its slots need at their full
     * length, which 0 stands for. With less, fewer of the long answers are generated side by side.
     */
    @WithDefault("2G")
    MemorySize cacheSize();

    /**
     * Memory of each loaded version for beginnings of prompts, which are kept to be used again; no more than its slots need
     * at their full length. 0 keeps none.
     */
    @WithDefault("256M")
    MemorySize prefixCacheSize();

    /** The most prompt tokens that are read in a step while nothing is generated; while answers are, it reads fewer. */
    @WithDefault("512")
    @WithConverter(PositiveInteger.class)
    int prefillTokens();

    /**
     * In which numbers products with weights are computed: float32, bfloat16, or auto for the faster of the two on this
     * machine. Training wants float32, so that the log-probabilities of what is sampled are the learner's.
     */
    @WithDefault("float32")
    Precision precision();

    /** The most answers to one prompt. */
    @WithDefault("256")
    @WithConverter(PositiveInteger.class)
    int maxSamples();

    /** The most versions in memory: the one served, one on its way in or out, and those asked for by name; at least 2. */
    @WithDefault("3")
    @WithConverter(PositiveInteger.class)
    int loadedModels();

    /** In which form the models call tools; where it is not set, as each one's chat template shows. */
    Optional<ToolForm> toolForm();

    /** What may wait. */
    Queue queue();

    /** Prompts from the log. */
    Log log();

    /** One queue for calls and prompts from the log. */
    interface Queue {
        @WithDefault("256")
        @WithConverter(PositiveInteger.class)
        int requests();

        /** Prompt tokens and the most answer tokens of all that wait. */
        @WithDefault("1048576")
        @WithConverter(PositiveInteger.class)
        int tokens();

        /** When a caller that was refused should ask again. */
        @WithDefault("1s")
        @WithConverter(PositiveDuration.class)
        Duration retryAfter();
    }

    /** Prompts from the log. */
    interface Log {
        /** Answers prompts from Kafka; without it calls only, and the models feed. */
        @WithDefault("true")
        boolean enabled();

        /** Prompts taken from each of the two topics whose rollouts the broker has not acknowledged yet. */
        @WithDefault("64")
        @WithConverter(PositiveInteger.class)
        int maxOpen();

        /** Share of the slots that go to prompts from the log while calls wait, and the rest to calls; from 0 to 1. */
        @WithDefault("0.5")
        @WithConverter(Share.class)
        double share();

        /** Seed of prompts that belong to no run and bring none. */
        @WithDefault("0")
        long seed();

        /** How long training prompts may wait for a version this replica cannot get; then others answer them. */
        @WithDefault("10m")
        @WithConverter(PositiveDuration.class)
        Duration versionTimeout();

        /** How long a prompt may wait for a run or a version that no feed knows, before it is refused. */
        @WithDefault("30s")
        @WithConverter(PositiveDuration.class)
        Duration unknownTimeout();
    }
}
