package dev.plumbline.serving.error;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatusMappingTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

    @Test
    void theCallersFaultNamesTheFieldAndTheReason() throws Exception {
        StatusRuntimeException status = StatusMapping.toStatus(
                CallerFault.invalid("INVALID_SAMPLING", "sampling.temperature", "temperature must be >= 0, got -1"),
                TRACE);

        assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(status.getStatus().getDescription()).isEqualTo("temperature must be >= 0, got -1");
        assertThat(detail(status, ErrorInfo.class).getReason()).isEqualTo("INVALID_SAMPLING");
        assertThat(detail(status, ErrorInfo.class).getDomain()).isEqualTo("plumbline");
        assertThat(detail(status, BadRequest.class).getFieldViolationsList())
                .singleElement()
                .satisfies(violation -> {
                    assertThat(violation.getField()).isEqualTo("sampling.temperature");
                    assertThat(violation.getDescription()).isEqualTo("temperature must be >= 0, got -1");
                });
    }

    @Test
    void allWrongFieldsAreToldAtOnce() throws Exception {
        StatusRuntimeException status = StatusMapping.toStatus(
                CallerFault.invalid(
                        "INVALID_SPEC",
                        List.of(
                                new FieldViolation("spec.steps", "steps must be >= 1, got 0"),
                                new FieldViolation("spec.reward", "a reward is required"))),
                TRACE);

        assertThat(detail(status, BadRequest.class).getFieldViolationsList())
                .extracting(BadRequest.FieldViolation::getField)
                .containsExactly("spec.steps", "spec.reward");
        assertThat(status.getStatus().getDescription())
                .isEqualTo("spec.steps: steps must be >= 1, got 0; spec.reward: a reward is required");
    }

    @Test
    void aFullQueueSaysWhenToComeBackInTheDetailsAndInTheTrailer() throws Exception {
        StatusRuntimeException status =
                StatusMapping.toStatus(NotNow.queueFull("256 requests are waiting", Duration.ofMillis(1500)), TRACE);

        assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(detail(status, ErrorInfo.class).getReason()).isEqualTo("QUEUE_FULL");
        assertThat(Durations.toMillis(detail(status, RetryInfo.class).getRetryDelay()))
                .isEqualTo(1500);
        assertThat(status.getTrailers().get(StatusMapping.RETRY_PUSHBACK)).isEqualTo("1500");
    }

    @Test
    void aQuotationThatWasCutWithinACharacterIsTextAllTheSame() {
        CallerFault fault = CallerFault.invalid("TOO_LONG", "text", "text must be short, got \"a\ud83e");

        com.google.rpc.Status told = StatusMapping.toRpcStatus(fault, "trace");

        assertThat(told.getMessage()).isEqualTo("text must be short, got \"a?");
        assertThat(told.getDetailsList())
                .allSatisfy(
                        detail -> assertThat(detail.getValue().toStringUtf8()).doesNotContain("\ud83e"))
                .anySatisfy(detail ->
                        assertThat(detail.getValue().toStringUtf8()).contains("text must be short, got \"a?"));
    }

    /** gRPC's clients take 8 KiB of trailers, and the server ends the call with a broken stream where it has more. */
    @ParameterizedTest
    @CsvSource({"1, 100000, a", "100, 60, a", "2, 5000, 日", "300, 5, \ud83e\udeb5"})
    void whateverACallersErrorsQuoteFitsIntoTrailers(int fields, int length, String text) throws Exception {
        CallerFault fault = CallerFault.invalid(
                "BAD_VALUE",
                IntStream.range(0, fields)
                        .mapToObj(i -> new FieldViolation("field" + i, "must be short, got " + text.repeat(length)))
                        .toList());

        StatusRuntimeException told = StatusMapping.toStatus(fault, "trace");

        assertThat(told.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        String message = String.valueOf(told.getStatus().getDescription());
        assertThat(message)
                .startsWith("field0: must be short, got " + text)
                .endsWith("…")
                .doesNotContain("\ufffd");
        BadRequest request = detail(told, BadRequest.class);
        assertThat(request.getFieldViolationsCount()).isBetween(1, fields);
        assertThat(request.getFieldViolations(0).getDescription()).startsWith("must be short, got " + text);
        int percentEncoded = 3 * message.getBytes(UTF_8).length;
        int base64 = StatusProto.fromThrowable(told).getSerializedSize() * 4 / 3;
        assertThat(percentEncoded + base64).isLessThan(7500);
    }

    @Test
    void everyKindOfErrorHasItsCode() {
        assertThat(code(CallerFault.notFound("RUN_NOT_FOUND", "no run x"))).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(code(CallerFault.alreadyExists("RUN_EXISTS", "run x exists")))
                .isEqualTo(Status.Code.ALREADY_EXISTS);
        assertThat(code(CallerFault.failedPrecondition("MODEL_VERSION_MISMATCH", "not served")))
                .isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(code(NotNow.unavailable("NO_MODEL", "nothing published", Duration.ofSeconds(1))))
                .isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(code(NotNow.aborted("SERVER_DRAINING", "stopped"))).isEqualTo(Status.Code.ABORTED);
        assertThat(code(new CancellationException())).isEqualTo(Status.Code.CANCELLED);
    }

    @Test
    void aDefectTellsTheCallerNothingButWhereToLook() throws Exception {
        StatusRuntimeException status = StatusMapping.toStatus(new IllegalStateException("secret prompt text"), TRACE);

        assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
        assertThat(status.getMessage()).doesNotContain("secret");
        assertThat(detail(status, ErrorInfo.class).getMetadataOrThrow("trace_id"))
                .isEqualTo(TRACE);
    }

    @Test
    void aStatusGoesThroughAsItIs() {
        StatusRuntimeException status = Status.DEADLINE_EXCEEDED.asRuntimeException();

        assertThat(StatusMapping.toStatus(status, TRACE)).isSameAs(status);
        assertThat(StatusMapping.isDefect(status)).isFalse();
    }

    @Test
    void aReasonThatIsNotUpperSnakeIsRefused() {
        assertThatThrownBy(() -> CallerFault.notFound("run not found", "no run x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("run not found");
    }

    private static Status.Code code(Throwable error) {
        return StatusMapping.toStatus(error, TRACE).getStatus().getCode();
    }

    private static <M extends Message> M detail(StatusRuntimeException status, Class<M> type)
            throws InvalidProtocolBufferException {
        for (Any detail : StatusProto.fromThrowable(status).getDetailsList()) {
            if (detail.is(type)) {
                return detail.unpack(type);
            }
        }
        throw new AssertionError("no " + type.getSimpleName() + " in " + status);
    }
}
