package dev.plumbline.serving.error;

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
        return StatusProto.toStatusRuntimeException(toRpcStatus(known, traceId), trailers);
    }

    /** The error of one item of a batch. */
    public static com.google.rpc.Status toRpcStatus(Throwable error, String traceId) {
        ServiceException known = known(error);
        com.google.rpc.Status.Builder status = com.google.rpc.Status.newBuilder()
                .setCode(code(known.kind()).value())
                .setMessage(known.message())
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setDomain(DOMAIN)
                        .setReason(known.reason())
                        .putAllMetadata(isDefect(known) ? Map.of(TRACE_ID, traceId) : Map.of())
                        .build()));
        if (!known.violations().isEmpty()) {
            BadRequest.Builder request = BadRequest.newBuilder();
            for (FieldViolation violation : known.violations()) {
                request.addFieldViolations(BadRequest.FieldViolation.newBuilder()
                        .setField(violation.field())
                        .setDescription(violation.description())
                        .setReason(known.reason()));
            }
            status.addDetails(Any.pack(request.build()));
        }
        known.retryAfter()
                .ifPresent(delay -> status.addDetails(Any.pack(RetryInfo.newBuilder()
                        .setRetryDelay(Durations.fromNanos(delay.toNanos()))
                        .build())));
        return status.build();
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
