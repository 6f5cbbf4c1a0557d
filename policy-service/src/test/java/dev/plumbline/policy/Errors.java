package dev.plumbline.policy;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.Optional;

/** Reads what an error tells its caller. */
final class Errors {
    private Errors() {}

    static String reason(Throwable error) {
        return detail(error, ErrorInfo.class).orElseThrow().getReason();
    }

    static List<String> fields(Throwable error) {
        return detail(error, BadRequest.class).orElseThrow().getFieldViolationsList().stream()
                .map(BadRequest.FieldViolation::getField)
                .toList();
    }

    static <M extends Message> Optional<M> detail(Throwable error, Class<M> type) {
        com.google.rpc.Status status = StatusProto.fromThrowable(error);
        if (status == null || !(error instanceof StatusRuntimeException)) {
            throw new AssertionError("no status", error);
        }
        try {
            for (Any detail : status.getDetailsList()) {
                if (detail.is(type)) {
                    return Optional.of(detail.unpack(type));
                }
            }
            return Optional.empty();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
