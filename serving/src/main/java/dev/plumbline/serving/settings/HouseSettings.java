package dev.plumbline.serving.settings;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The settings under {@code plumbline.} that every service has. */
@ConfigMapping(prefix = "plumbline")
public interface HouseSettings {
    Kafka kafka();

    Topics topics();

    Compute compute();

    Models models();

    Connections connections();

    Liveness liveness();

    Security security();

    /** How long a stopping service finishes what it has begun. */
    @WithDefault("30s")
    @WithConverter(PositiveDuration.class)
    Duration drainTimeout();

    /** Stops the process when its standard input ends, as it does when the launcher that holds the pipe is gone. */
    @WithDefault("false")
    boolean exitWithParent();

    /** Where the broker is. */
    interface Kafka {
        @WithDefault("localhost:9092")
        String bootstrapServers();

        /** Any other setting of Kafka's clients, by its own name, in quotes: SASL, TLS and so on. */
        Map<String, String> client();
    }

    /** How topics are named and made. */
    interface Topics {
        /** Put before the name of every topic and group, to keep several houses on one broker apart. Default: none. */
        Optional<String> prefix();

        /** Makes missing topics; else they are only checked. */
        @WithDefault("true")
        boolean create();

        /** Partitions of a topic made here; the feeds of models, runs and steps have one. */
        @WithDefault("8")
        @WithConverter(PositiveInteger.class)
        int partitions();

        /** Copies of each partition of a topic made here; 0 leaves it to the broker. */
        @WithDefault("0")
        int replicationFactor();

        /** The largest record. */
        @WithDefault("16777216")
        @WithConverter(PositiveInteger.class)
        int maxRecordBytes();
    }

    /** How much of the host a service takes. */
    interface Compute {
        /** Threads of a computation. Default: the host's processors; services that share a host share them out. */
        @WithConverter(PositiveInteger.class)
        Optional<Integer> threads();
    }

    /** Model versions on this disk. */
    interface Models {
        /** Directory where each service keeps the versions it fetched, in a directory of its own name. */
        @WithDefault("${user.home}/.plumbline/models")
        Path cache();

        /** How long one attempt to fetch a version may take. */
        @WithDefault("10m")
        @WithConverter(PositiveDuration.class)
        Duration fetchTimeout();

        /** Speaks TLS to where models come from. */
        @WithDefault("false")
        boolean tls();

        /** The token shown there: a secret, or {@code file:} and the path of a file with it. Default: none. */
        Optional<String> token();
    }

    /** A connection ends after a while, so that its client finds new replicas. */
    interface Connections {
        @WithDefault("10m")
        @WithConverter(PositiveDuration.class)
        Duration maxAge();

        /** Calls under way when the age is reached get this long to end. */
        @WithDefault("10m")
        @WithConverter(PositiveDuration.class)
        Duration maxAgeGrace();
    }

    /** When the process counts as hung. */
    interface Liveness {
        /** How long one step of a worker may take. */
        @WithDefault("5m")
        @WithConverter(PositiveDuration.class)
        Duration stuckAfter();
    }

    /** Who may reach the service. */
    interface Security {
        /** Allows an address other than loopback without TLS and tokens. */
        @WithDefault("false")
        boolean insecure();

        Tokens tokens();

        /**
         * What callers show; with any of them set, all callers have to show one. Each entry is a secret, or {@code file:} and
         * the path of a file with one secret a line, which is read again and again.
         */
        interface Tokens {
            /** Of those who ask. */
            Optional<List<String>> data();

            /** Of those who give orders, and may ask as well. */
            Optional<List<String>> control();
        }
    }
}
