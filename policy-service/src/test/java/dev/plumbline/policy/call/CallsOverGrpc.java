package dev.plumbline.policy.call;

import io.grpc.BindableService;

/** The service's calls for a server that a test runs. */
public final class CallsOverGrpc {
    private CallsOverGrpc() {}

    public static BindableService of(PolicyCalls calls) {
        return new PolicyGrpcService(calls);
    }
}
