package dev.plumbline.policy.remote;

import com.fasterxml.jackson.databind.JsonNode;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.Defect;
import dev.plumbline.serving.error.NotNow;
import dev.plumbline.serving.error.ServiceException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * What the server's errors are to the callers of this one: a refusal is the caller's fault, with the server's words; away or
 * busy passes; everything else is a defect.
 *
 * @param server its name in messages
 * @param retryAfter told to callers of what passes
 */
record RemoteFaults(String server, Duration retryAfter) {
    /** The server cannot be reached, or broke off. */
    static final String AWAY = "ENGINE_AWAY";

    /** The server has another version now; asking for that may succeed at once. */
    static final String GONE = "MODEL_GONE";

    private static final int TOO_MANY_REQUESTS = 429;
    private static final int UNPROCESSABLE = 422;
    private static final Set<Integer> REFUSED =
            Set.of(HttpURLConnection.HTTP_BAD_REQUEST, HttpURLConnection.HTTP_ENTITY_TOO_LARGE, UNPROCESSABLE);
    private static final Set<Integer> UNREACHABLE = Set.of(
            HttpURLConnection.HTTP_CLIENT_TIMEOUT,
            HttpURLConnection.HTTP_BAD_GATEWAY,
            HttpURLConnection.HTTP_UNAVAILABLE,
            HttpURLConnection.HTTP_GATEWAY_TIMEOUT);
    /** Errors within a stream have no status, but a type: OpenAI's or vLLM's. */
    private static final Set<String> REFUSED_TYPES = Set.of("invalid_request_error", "BadRequestError");

    private static final Set<String> PASSING_TYPES = Set.of("rate_limit_error", "service_unavailable_error");

    /** Of a body that is quoted in an error. */
    private static final int QUOTED_CHARACTERS = 200;

    /** Whether another attempt may succeed. */
    static boolean passes(Throwable error) {
        return unwrapped(error) instanceof NotNow passing && !passing.reason().equals(GONE);
    }

    /** The error that another thread found. */
    static Throwable unwrapped(Throwable error) {
        boolean wraps = error instanceof CompletionException || error instanceof ExecutionException;
        return wraps && error.getCause() != null ? unwrapped(error.getCause()) : error;
    }

    /** The connection failed. */
    NotNow away(@Nullable Throwable error) {
        return NotNow.unavailable(AWAY, server + " is away: " + error, retryAfter);
    }

    /** An answer was cut off. */
    NotNow brokenOff(String how) {
        return NotNow.unavailable(AWAY, server + " broke off an answer: " + how, retryAfter);
    }

    /** It has the version no more. */
    NotNow gone(String model) {
        return NotNow.unavailable(GONE, server + " has no " + model + " any more; ask again", Duration.ZERO);
    }

    /** An answer's status is none of success. */
    ServiceException ofStatus(int status, String body) {
        String told = server + " answered " + status + ": " + message(body);
        if (REFUSED.contains(status)) {
            return refused(message(body));
        }
        if (status == TOO_MANY_REQUESTS) {
            return NotNow.queueFull(told, retryAfter);
        }
        if (UNREACHABLE.contains(status)) {
            return NotNow.unavailable(AWAY, told, retryAfter);
        }
        return status == HttpURLConnection.HTTP_NOT_FOUND ? NotNow.unavailable(GONE, told, retryAfter) : unusable(told);
    }

    /** An error in the place of an event. */
    ServiceException ofEvent(JsonNode error) {
        String message = error.path("message").asText(error.toString());
        String type = error.path("type").asText();
        if (REFUSED_TYPES.contains(type)) {
            return refused(message);
        }
        return PASSING_TYPES.contains(type) ? brokenOff(message) : unusable(server + " failed: " + message);
    }

    /** It answers what cannot be used. */
    Defect unusable(String how) {
        return new Defect(how, new IllegalStateException(how));
    }

    private CallerFault refused(String message) {
        return CallerFault.invalid("REFUSED_BY_ENGINE", "request", server + " refuses the request: " + message);
    }

    private static String message(String body) {
        try {
            JsonNode error = RemoteServer.parse(body, "it").path("error");
            return error.path("message").asText(quoted(body));
        } catch (Defect e) {
            return quoted(body);
        }
    }

    static String quoted(String text) {
        return text.length() <= QUOTED_CHARACTERS
                ? "\"" + text + "\""
                : "\"" + text.substring(0, QUOTED_CHARACTERS) + "…\"";
    }
}
