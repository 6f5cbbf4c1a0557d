package dev.plumbline.reward.verifier;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.plumbline.proto.reward.v1.VerifyRequest;
import dev.plumbline.proto.reward.v1.VerifyResponse;
import java.net.HttpURLConnection;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** POSTs the request as JSON. Redirections are not followed: the address is the one that was set. */
final class HttpTransport implements Transport {

    private static final int TOO_MANY_REQUESTS = 429;

    /** Statuses after which another attempt may succeed. */
    private static final Set<Integer> AWAY = Set.of(
            HttpURLConnection.HTTP_CLIENT_TIMEOUT,
            TOO_MANY_REQUESTS,
            HttpURLConnection.HTTP_BAD_GATEWAY,
            HttpURLConnection.HTTP_UNAVAILABLE,
            HttpURLConnection.HTTP_GATEWAY_TIMEOUT);

    /** Of a body that is quoted in an error. */
    private static final int QUOTED_CHARACTERS = 200;

    private final HttpClient client;
    private final VerifierTerms terms;

    HttpTransport(VerifierTerms terms) {
        this.terms = terms;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    @Override
    public CompletableFuture<VerifyResponse> verify(VerifyRequest request) {
        HttpRequest post = HttpRequest.newBuilder(terms.target())
                .timeout(terms.patience().timeout())
                .header("content-type", "application/json")
                .header("accept", "application/json")
                .POST(BodyPublishers.ofString(json(request)))
                .build();
        return client.sendAsync(post, BodyHandlers.ofString())
                // The client's own timeout ends with the headers.
                .orTimeout(terms.patience().timeout().toMillis(), TimeUnit.MILLISECONDS)
                .handle(HttpTransport::read);
    }

    private static String json(VerifyRequest request) {
        try {
            return JsonFormat.printer()
                    .preservingProtoFieldNames()
                    .omittingInsignificantWhitespace()
                    .print(request);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a request without Any fields could not be written as JSON", e);
        }
    }

    private static VerifyResponse read(@Nullable HttpResponse<String> response, @Nullable Throwable error) {
        if (response == null) {
            Throwable cause =
                    error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
            throw new VerifierAwayException(String.valueOf(cause), cause);
        }
        String told = "HTTP " + response.statusCode() + " with " + quoted(response.body());
        if (AWAY.contains(response.statusCode())) {
            throw new VerifierAwayException(told);
        }
        if (response.statusCode() != HttpURLConnection.HTTP_OK) {
            throw new VerifierFaultException(told);
        }
        VerifyResponse.Builder message = VerifyResponse.newBuilder();
        try {
            JsonFormat.parser().ignoringUnknownFields().merge(response.body(), message);
        } catch (InvalidProtocolBufferException e) {
            throw new VerifierFaultException(
                    told + ", which is not a VerifyResponse such as {\"verifications\":[{\"value\":1}]}", e);
        }
        return message.build();
    }

    private static String quoted(String body) {
        return body.length() <= QUOTED_CHARACTERS
                ? "\"" + body + "\""
                : "\"" + body.substring(0, QUOTED_CHARACTERS) + "…\"";
    }

    @Override
    public void close() {
        // The client ends with its last call.
    }
}
