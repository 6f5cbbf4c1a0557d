package dev.plumbline.policy;

import dev.plumbline.lm.generate.Precision;
import dev.plumbline.policy.engine.Swap;
import dev.plumbline.policy.remote.UpdateWay;
import dev.plumbline.policy.tool.ToolForm;
import dev.plumbline.serving.settings.PositiveDuration;
import dev.plumbline.serving.settings.PositiveInteger;
import dev.plumbline.serving.settings.PositiveMemory;
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
     * Memory for keys and values, of all loaded versions together. Each of {@link #loadedModels} has an equal part, which it
     * takes at once, though no more than its slots need at their full length. With less, fewer of the long answers are generated
     * side by side.
     */
    @WithDefault("6G")
    @WithConverter(PositiveMemory.class)
    MemorySize cacheSize();

    /**
     * Memory, likewise of all loaded versions together, for beginnings of prompts, and answers in conversations, which are kept to be used
     * again; no more than its slots need at their full length. 0 keeps none.
     */
    @WithDefault("768M")
    MemorySize prefixCacheSize();

    /** The most tokens of prompts and given responses that are read in a step; while an answer is streamed, it reads fewer. */
    @WithDefault("512")
    @WithConverter(PositiveInteger.class)
    int prefillTokens();

    /**
     * In which numbers products with weights are computed: float32, bfloat16, or auto for the faster of the two on this
     * machine. Training wants float32, so that the log-probabilities of what is sampled are the learner's.
     */
    @WithDefault("float32")
    Precision precision();

    /**
     * In which numbers keys and values are kept: float32, bfloat16, with which as much memory holds twice as many tokens, or
     * auto for the faster of the two on this machine. Training wants float32 here as well.
     */
    @WithDefault("float32")
    Precision cachePrecision();

    /**
     * Whether the same request gives the same tokens and log-probabilities to the last bit, whatever else is answered at the
     * same time, and after a restart. Takes longer, on one thread; {@link dev.plumbline.lm.generate.EngineSettings} says where
     * it ends.
     */
    @WithDefault("false")
    boolean deterministic();

    /** The most answers to one prompt. */
    @WithDefault("256")
    @WithConverter(PositiveInteger.class)
    int maxSamples();

    /**
     * What becomes of answers that have not ended when a newer version takes the place of theirs: they finish on the one they
     * began with, or continue on the newer one, unless their version was asked for by name.
     */
    @WithDefault("finish")
    Swap swap();

    /**
     * The most versions in memory: the one served, one on its way in or out, and those asked for by name; at least 2. They
     * share {@link #cacheSize} and {@link #prefixCacheSize}.
     */
    @WithDefault("3")
    @WithConverter(PositiveInteger.class)
    int loadedModels();

    /** Where orders are taken. */
    Control control();

    /** An engine on another server, in place of the one in this process. */
    Remote remote();

    /**
     * Whether the HTTP port takes vLLM's calls to change the weights, from callers with the control role, so that another
     * policy-service can drive this one as {@link UpdateWay#RELOAD} does.
     */
    @WithDefault("false")
    boolean reloadApi();

    /** In which form the models call tools; where it is not set, as each one's chat template shows. */
    Optional<ToolForm> toolForm();

    /** What may wait. */
    Queue queue();

    /** Prompts from the log. */
    Log log();

    /** The port for orders, whose callers need the control role. */
    interface Control {
        /** The address it listens on. Default: that of {@code quarkus.grpc.server.host}. */
        Optional<String> host();

        @WithDefault("9111")
        @WithConverter(PositiveInteger.class)
        int port();
    }

    /** A server that speaks OpenAI's HTTP API with vLLM's options, or another policy-service. */
    interface Remote {
        /** Scheme, host and port; without it the engine is in this process. */
        Optional<String> url();

        /** Sent as a bearer's. */
        Optional<String> token();

        /** How a new version's weights get there. */
        @WithDefault("listed")
        UpdateWay update();

        /** What the server calls its model, where it is told to reload its weights; where it is not set, name@version. */
        Optional<String> modelName();

        /** Further attempts to begin an answer when the server is away or busy. */
        @WithDefault("5")
        int retries();

        /** The wait before the first of them; each further wait is twice as long. */
        @WithDefault("200ms")
        @WithConverter(PositiveDuration.class)
        Duration firstRetryAfter();

        /** The longest time without a token before the server counts as away. */
        @WithDefault("2m")
        @WithConverter(PositiveDuration.class)
        Duration silence();

        /** The longest time for weights to be reloaded, and before it for running answers to end. */
        @WithDefault("10m")
        @WithConverter(PositiveDuration.class)
        Duration updateTimeout();
    }

    /** One queue for calls and prompts from the log; where one of them has filled it, the other finds its share of places. */
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

        /**
         * Share of the slots, and of places in a full queue, for prompts from the log while calls wait, from 0 to 1; calls have
         * the rest.
         */
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
