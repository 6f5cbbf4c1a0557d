package dev.plumbline.serving.server;

import io.grpc.Metadata;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The id under which a call's error is found in the log. */
public final class TraceId {
    private static final Metadata.Key<String> TRACEPARENT =
            Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);
    /** W3C Trace Context: version, trace id, parent id, flags. */
    private static final Pattern FORMAT = Pattern.compile("[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*");

    private TraceId() {}

    /** The caller's trace id (32 hexadecimal digits), or a new one if the call brings none. */
    static String of(Metadata headers) {
        return of(headers.get(TRACEPARENT));
    }

    /** As for gRPC, from the header {@code traceparent} of an HTTP request. */
    public static String of(@Nullable String traceparent) {
        if (traceparent != null) {
            Matcher matcher = FORMAT.matcher(traceparent);
            if (matcher.matches()) {
                return matcher.group(1);
            }
        }
        return UUID.randomUUID().toString().replace("-", "");
    }
}
