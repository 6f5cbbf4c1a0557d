package dev.plumbline.cli.launch;

import java.util.Locale;

/** The three services of the house. */
public enum Service {
    /** Learns everything trainable, as durable runs; serves the files of model versions. */
    TRAINER(9103, 8103),
    /** Samples answers from the newest policy. */
    POLICY(9101, 8101),
    /** Judges answers. */
    REWARD(9102, 8102);

    private final int grpcPort;
    private final int httpPort;

    Service(int grpcPort, int httpPort) {
        this.grpcPort = grpcPort;
        this.httpPort = httpPort;
    }

    /** "policy-service": its module, its log file. */
    public String title() {
        return key() + "-service";
    }

    /** "policy": its options and environment variables. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Where it answers calls unless told otherwise. */
    public int usualGrpcPort() {
        return grpcPort;
    }

    /** Where its health and metrics are unless told otherwise. */
    public int usualHttpPort() {
        return httpPort;
    }
}
