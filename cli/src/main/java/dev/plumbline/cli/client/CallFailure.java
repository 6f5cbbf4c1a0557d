package dev.plumbline.cli.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Optional;

/**
 * A refused call in words.
 *
 * @param unavailable nobody answered, or not yet
 * @param reason the service's UPPER_SNAKE reason; empty if nobody answered
 */
public record CallFailure(boolean unavailable, String reason, String message) {
    /** What a failed call says, and what to do about it. */
    public static CallFailure of(StatusRuntimeException failure) {
        com.google.rpc.Status status = StatusProto.fromThrowable(failure);
        String reason = "";
        StringBuilder message = new StringBuilder();
        message.append(cause(failure));
        if (status != null) {
            for (Any detail : status.getDetailsList()) {
                reason = unpack(detail, ErrorInfo.class)
                        .map(ErrorInfo::getReason)
                        .orElse(reason);
                unpack(detail, BadRequest.class).ifPresent(bad -> tell(bad, message));
            }
        }
        boolean unavailable = failure.getStatus().getCode() == Status.Code.UNAVAILABLE;
        if (unavailable && reason.isEmpty()) {
            message.append("; start the house with \"plumbline up\", or say where it is (--dir, --trainer, --policy,"
                    + " --reward)");
        }
        if (failure.getStatus().getCode() == Status.Code.UNAUTHENTICATED) {
            message.append("; show one with --token or $PLUMBLINE_TOKEN");
        }
        return new CallFailure(unavailable, reason, message.toString());
    }

    /** A refused connection says where it was tried only in its cause. */
    private static String cause(StatusRuntimeException failure) {
        Status status = failure.getStatus();
        Throwable cause = status.getCause();
        String description = status.getDescription();
        if (cause != null && cause.getMessage() != null) {
            return String.valueOf(cause.getMessage());
        }
        return description == null || description.isEmpty() ? status.getCode().name() : description;
    }

    /** Several problems are a list, in place of the status' one line. */
    private static void tell(BadRequest bad, StringBuilder message) {
        if (bad.getFieldViolationsCount() > 1) {
            message.setLength(0);
            message.append("refused for ").append(bad.getFieldViolationsCount()).append(" reasons:");
        }
        for (FieldViolation violation : bad.getFieldViolationsList()) {
            if (message.indexOf(violation.getDescription()) < 0) {
                message.append("\n  ").append(violation.getField()).append(": ").append(violation.getDescription());
            }
        }
    }

    private static <T extends com.google.protobuf.Message> Optional<T> unpack(Any detail, Class<T> type) {
        try {
            return detail.is(type) ? Optional.of(detail.unpack(type)) : Optional.empty();
        } catch (InvalidProtocolBufferException e) {
            // A detail that cannot be read takes nothing from the message.
            return Optional.empty();
        }
    }
}
