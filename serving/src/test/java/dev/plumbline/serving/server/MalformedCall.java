package dev.plumbline.serving.server;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.testing.protobuf.SimpleResponse;
import io.grpc.testing.protobuf.SimpleServiceGrpc;

/** A call of the toy service with bytes that no client of it would send: its field of text holds what is no UTF-8. */
final class MalformedCall {
    private static final BytesValue NO_TEXT = BytesValue.of(ByteString.copyFrom(new byte[] {(byte) 0xff}));

    private MalformedCall() {}

    static SimpleResponse make(Channel channel) {
        return ClientCalls.blockingUnaryCall(
                channel,
                SimpleServiceGrpc.getUnaryRpcMethod().toBuilder(
                                ProtoUtils.marshaller(BytesValue.getDefaultInstance()),
                                SimpleServiceGrpc.getUnaryRpcMethod().getResponseMarshaller())
                        .build(),
                CallOptions.DEFAULT,
                NO_TEXT);
    }
}
