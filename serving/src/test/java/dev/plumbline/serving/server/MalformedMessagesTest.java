package dev.plumbline.serving.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.serving.meter.ServingMeters;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.testing.protobuf.SimpleRequest;
import io.grpc.testing.protobuf.SimpleResponse;
import io.grpc.testing.protobuf.SimpleServiceGrpc;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import org.junit.jupiter.api.Test;

class MalformedMessagesTest {
    private static final byte[] NO_TEXT = {0x0a, 1, (byte) 0xff};

    private final MalformedMessages malformed = new MalformedMessages(new ServingMeters(new SimpleMeterRegistry()));

    /** As a server makes a definition for each call. */
    private MethodDescriptor<?, ?> ofOneCall() {
        ServerMethodDefinition<SimpleRequest, SimpleResponse> method = ServerMethodDefinition.create(
                SimpleServiceGrpc.getUnaryRpcMethod(), (call, headers) -> new ServerCall.Listener<>() {});
        return malformed.wrapMethodDefinition(method).getMethodDescriptor();
    }

    @Test
    void allCallsOfAMethodHaveOneDescriptorSinceInterceptorsKeepThem() {
        assertThat(ofOneCall()).isSameAs(ofOneCall()).isNotSameAs(SimpleServiceGrpc.getUnaryRpcMethod());
    }

    @Test
    void emptyMessagesAreNotTakenForSuchAsCannotBeRead() {
        Object empty = ofOneCall().parseRequest(new ByteArrayInputStream(new byte[0]));
        Object unreadable = ofOneCall().parseRequest(new ByteArrayInputStream(NO_TEXT));

        assertThat(empty).isEqualTo(unreadable).isNotSameAs(unreadable);
        assertThat(unreadable).isNotSameAs(SimpleRequest.getDefaultInstance());
    }
}
