package dev.plumbline.serving.error;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.Any;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;

/**
 * From any error to a gRPC status with the details of google.rpc: ErrorInfo always, BadRequest for fields, RetryInfo and
 * the trailer {@code grpc-retry-pushback-ms} for what passes.
 */
public final class StatusMapping {
    /** The domain of every ErrorInfo. */
    public static final String DOMAIN = "plumbline";

    /** Read by gRPC clients that retry by themselves (gRFC A6). */
    public static final Metadata.Key<String> RETRY_PUSHBACK =
            Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

    private static final String TRACE_ID = "trace_id";

    /**
     * Of the texts in a call's trailers, in UTF-8. Clients take 8192 bytes of trailers unless they are told otherwise, and a
     * server that has more for them breaks the call off. The message stands there twice, once with up to three characters for a
     * byte, and the details are in base 64.
     */
    private static final int TRAILER_TEXT = 3200;

    /** Of the texts, the part that is the message; the rest are the fields. */
    private static final int PARTS = 4;

    /** Bytes of a field beside its texts, or more. */
    private static final int FIELD_OVERHEAD = 32;

    private static final String MORE = "…";
    /** Bytes of UTF-8 with these first bits go on with a character. */
    private static final int CONTINUATION = 0x80;

    private static final int CONTINUATION_MASK = 0xC0;

    private StatusMapping() {}

    /**
     * The error as a call's end. A status goes through as it is; what is no {@link ServiceException} is a defect.
     *
     * @param traceId under which a defect is found in the log
     */
    public static StatusRuntimeException toStatus(Throwable error, String traceId) {
        if (error instanceof StatusRuntimeException status) {
            return status;
        }
        if (error instanceof StatusException status) {
            return new StatusRuntimeException(status.getStatus(), status.getTrailers());
        }
        if (error instanceof CancellationException) {
            return Status.CANCELLED.withDescription("the call was cancelled").asRuntimeException();
        }
        ServiceException known = known(error);
        Metadata trailers = new Metadata();
        known.retryAfter().map(Duration::toMillis).ifPresent(ms -> trailers.put(RETRY_PUSHBACK, Long.toString(ms)));
        return StatusProto.toStatusRuntimeException(status(known, traceId, TRAILER_TEXT), trailers);
    }

    /** The error of one item of a batch. */
    public static com.google.rpc.Status toRpcStatus(Throwable error, String traceId) {
        return status(known(error), traceId, Integer.MAX_VALUE);
    }

    private static com.google.rpc.Status status(ServiceException known, String traceId, int mostText) {
        com.google.rpc.Status.Builder status = com.google.rpc.Status.newBuilder()
                .setCode(code(known.kind()).value())
                .setMessage(cut(known.message(), mostText / PARTS))
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setDomain(DOMAIN)
                        .setReason(known.reason())
                        .putAllMetadata(isDefect(known) ? Map.of(TRACE_ID, traceId) : Map.of())
                        .build()));
        if (!known.violations().isEmpty()) {
            status.addDetails(Any.pack(badRequest(known, mostText)));
        }
        known.retryAfter()
                .ifPresent(delay -> status.addDetails(Any.pack(RetryInfo.newBuilder()
                        .setRetryDelay(Durations.fromNanos(delay.toNanos()))
                        .build())));
        return status.build();
    }

    /** With as many of the fields as there is room for; the message says by its end that there are more. */
    private static BadRequest badRequest(ServiceException known, int mostText) {
        BadRequest.Builder request = BadRequest.newBuilder();
        int room = mostText - mostText / PARTS;
        for (FieldViolation violation : known.violations()) {
            room -= violation.field().length() + known.reason().length() + FIELD_OVERHEAD;
            if (room < FIELD_OVERHEAD) {
                break;
            }
            String description = cut(violation.description(), room);
            room -= description.getBytes(UTF_8).length;
            request.addFieldViolations(BadRequest.FieldViolation.newBuilder()
                    .setField(violation.field())
                    .setDescription(description)
                    .setReason(known.reason()));
        }
        return request.build();
    }

    /** As UTF-8 has it, in so many bytes: half of a surrogate pair, as a quotation may end in, becomes a question mark. */
    private static String cut(String text, int most) {
        byte[] bytes = text.getBytes(UTF_8);
        if (bytes.length <= most) {
            return new String(bytes, UTF_8);
        }
        int end = most - MORE.getBytes(UTF_8).length;
        while ((bytes[end] & CONTINUATION_MASK) == CONTINUATION) {
            end--;
        }
        return new String(bytes, 0, end, UTF_8) + MORE;
    }

    /** Whether the error is ours, so that it is logged with its stack. */
    public static boolean isDefect(Throwable error) {
        return !(error instanceof StatusRuntimeException
                        || error instanceof StatusException
                        || error instanceof CancellationException)
                && known(error) instanceof Defect;
    }

    /** The error's stable name, for metrics. */
    public static String reason(Throwable error) {
        if (error instanceof StatusRuntimeException || error instanceof StatusException) {
            return Status.fromThrowable(error).getCode().name();
        }
        return error instanceof CancellationException
                ? "CANCELLED"
                : known(error).reason();
    }

    /** Anything nobody foresaw is a defect; its message may hold a caller's text, so it stays in the log. */
    static ServiceException known(Throwable error) {
        return error instanceof ServiceException known
                ? known
                : new Defect("a defect of the service; its log has the cause under the trace id given here", error);
    }

    private static Status.Code code(ErrorKind kind) {
        return switch (kind) {
            case INVALID_ARGUMENT -> Status.Code.INVALID_ARGUMENT;
            case NOT_FOUND -> Status.Code.NOT_FOUND;
            case ALREADY_EXISTS -> Status.Code.ALREADY_EXISTS;
            case FAILED_PRECONDITION -> Status.Code.FAILED_PRECONDITION;
            case UNAUTHENTICATED -> Status.Code.UNAUTHENTICATED;
            case PERMISSION_DENIED -> Status.Code.PERMISSION_DENIED;
            case RESOURCE_EXHAUSTED -> Status.Code.RESOURCE_EXHAUSTED;
            case UNAVAILABLE -> Status.Code.UNAVAILABLE;
            case ABORTED -> Status.Code.ABORTED;
            case INTERNAL -> Status.Code.INTERNAL;
        };
    }
}
