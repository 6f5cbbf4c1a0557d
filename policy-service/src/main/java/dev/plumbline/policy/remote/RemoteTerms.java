package dev.plumbline.policy.remote;

import dev.plumbline.policy.PolicySettings;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is known of the other server, and what is demanded of it.
 *
 * @param url scheme, host and port
 * @param token sent as a bearer's
 * @param capacity how much it is asked for at once
 * @param patience with it
 */
public record RemoteTerms(URI url, Optional<String> token, Capacity capacity, Patience patience) {
    private static final String PREFIX = "plumbline.policy.remote.";

    /** Each wait is twice as long as the one before. */
    private static final int MOST_RETRIES = 16;

    /**
     * How much the server is asked for at once.
     *
     * @param slots answers of a version
     * @param contextLength tokens of prompt and answer together
     */
    public record Capacity(int slots, int contextLength) {}

    /**
     * How long to wait for what.
     *
     * @param retries further attempts to begin, when the server is away or busy
     * @param firstRetryAfter the wait before the first of them; each further wait is twice as long
     * @param silence the longest time without a token, or until a whole answer
     * @param update the longest time for an update of the weights, and before it for running answers to end
     */
    public record Patience(int retries, Duration firstRetryAfter, Duration silence, Duration update) {}

    /** Reads the settings, empty without a url; throws all that is wrong. */
    static Optional<RemoteTerms> read(PolicySettings.Remote remote, Capacity capacity) {
        List<String> problems = new ArrayList<>();
        Optional<URI> url = remote.url().flatMap(address -> url(address, problems));
        if (remote.url().isEmpty() && (remote.token().isPresent() || remote.update() != UpdateWay.LISTED)) {
            problems.add(PREFIX + "url is required with " + PREFIX + "token and " + PREFIX + "update=reload");
        }
        boolean reloads = remote.update() == UpdateWay.RELOAD;
        if (!reloads && remote.modelName().isPresent()) {
            problems.add(PREFIX + "model-name has no meaning with " + PREFIX + "update=listed, since the server calls"
                    + " versions name@version: leave it out, got "
                    + remote.modelName().get());
        }
        if (remote.token().filter(token -> !token.matches("[!-~]+")).isPresent()) {
            problems.add(PREFIX + "token must be of visible ASCII characters without spaces");
        }
        if (remote.retries() < 0 || remote.retries() > MOST_RETRIES) {
            problems.add(PREFIX + "retries must be from 0 to " + MOST_RETRIES + ", got " + remote.retries());
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        return url.map(server -> new RemoteTerms(
                server,
                remote.token(),
                capacity,
                new Patience(remote.retries(), remote.firstRetryAfter(), remote.silence(), remote.updateTimeout())));
    }

    private static Optional<URI> url(String address, List<String> problems) {
        try {
            URI url = URI.create(address);
            boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            boolean bare = url.getHost() != null && List.of("", "/").contains(url.getPath()) && url.getQuery() == null;
            if (http && bare && url.getUserInfo() == null) {
                return Optional.of(url);
            }
        } catch (IllegalArgumentException e) {
            // Told below, as every other address that cannot be used.
        }
        problems.add(PREFIX + "url must be http:// or https:// with host and port and nothing behind, such as"
                + " http://localhost:8000, got " + address);
        return Optional.empty();
    }
}
