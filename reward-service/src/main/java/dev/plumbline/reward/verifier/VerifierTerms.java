package dev.plumbline.reward.verifier;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Where a verifier is and how it is called.
 *
 * @param target {@code http://…} or {@code https://…} to POST to, or {@code grpc://host:port} or {@code grpcs://host:port}
 * @param answersPerCall the most answers in one call
 * @param patience with a call that fails
 * @param breaker what spares a verifier that keeps failing
 */
public record VerifierTerms(URI target, int answersPerCall, Patience patience, Breaker breaker) {

    private static final Set<String> HTTP = Set.of("http", "https");
    private static final Set<String> GRPC = Set.of("grpc", "grpcs");

    /** The wait, which doubles, is then a thousand times the first. */
    private static final int MOST_RETRIES = 10;

    /**
     * How long and how often a verifier is asked.
     *
     * @param timeout of one attempt
     * @param retries attempts after the first
     * @param firstRetryAfter doubles with every further retry
     */
    public record Patience(Duration timeout, int retries, Duration firstRetryAfter) {}

    /**
     * When a verifier is left alone.
     *
     * @param failures attempts in a row that open it: no call is made then
     * @param openFor until one call is let through to try
     */
    public record Breaker(int failures, Duration openFor) {}

    public VerifierTerms {
        List<String> problems = new ArrayList<>();
        String scheme = target.getScheme();
        if (scheme == null || target.getHost() == null || !(HTTP.contains(scheme) || GRPC.contains(scheme))) {
            problems.add("target must be http://, https://, grpc:// or grpcs:// with a host, got " + target);
        } else if (GRPC.contains(scheme) && target.getPort() < 0) {
            problems.add("target must have a port, got " + target);
        }
        requirePositive(problems, "answers-per-call", answersPerCall);
        requirePositive(problems, "timeout", patience.timeout());
        requirePositive(problems, "first-retry-after", patience.firstRetryAfter());
        requirePositive(problems, "failures", breaker.failures());
        requirePositive(problems, "open-for", breaker.openFor());
        if (patience.retries() < 0 || patience.retries() > MOST_RETRIES) {
            problems.add("retries must be from 0 to " + MOST_RETRIES + ", got " + patience.retries());
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    private static void requirePositive(List<String> problems, String name, int value) {
        if (value < 1) {
            problems.add(name + " must be >= 1, got " + value);
        }
    }

    private static void requirePositive(List<String> problems, String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            problems.add(name + " must be > 0, got " + value);
        }
    }

    boolean isGrpc() {
        return GRPC.contains(target.getScheme());
    }

    boolean isEncrypted() {
        return Set.of("https", "grpcs").contains(target.getScheme());
    }
}
