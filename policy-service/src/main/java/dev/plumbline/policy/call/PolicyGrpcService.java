package dev.plumbline.policy.call;

import dev.plumbline.proto.policy.v1.ComputeLogprobsRequest;
import dev.plumbline.proto.policy.v1.ComputeLogprobsResponse;
import dev.plumbline.proto.policy.v1.DetokenizeRequest;
import dev.plumbline.proto.policy.v1.DetokenizeResponse;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.GenerateStreamRequest;
import dev.plumbline.proto.policy.v1.GenerateStreamResponse;
import dev.plumbline.proto.policy.v1.GetLoadRequest;
import dev.plumbline.proto.policy.v1.GetLoadResponse;
import dev.plumbline.proto.policy.v1.GetModelInfoRequest;
import dev.plumbline.proto.policy.v1.GetModelInfoResponse;
import dev.plumbline.proto.policy.v1.PolicyServiceGrpc;
import dev.plumbline.proto.policy.v1.TokenizeRequest;
import dev.plumbline.proto.policy.v1.TokenizeResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.smallrye.common.annotation.Blocking;
import jakarta.inject.Inject;

/** The service as gRPC sees it. Runs on worker threads, since tokenising a long text takes a while. */
@GrpcService
@Blocking
final class PolicyGrpcService extends PolicyServiceGrpc.PolicyServiceImplBase {
    private final PolicyCalls calls;

    @Inject
    PolicyGrpcService(PolicyCalls calls) {
        this.calls = calls;
    }

    @Override
    public void generate(GenerateRequest request, StreamObserver<GenerateResponse> caller) {
        calls.generate(request, (ServerCallStreamObserver<GenerateResponse>) caller);
    }

    @Override
    public void generateStream(GenerateStreamRequest request, StreamObserver<GenerateStreamResponse> caller) {
        calls.generateStream(request.getRequest(), (ServerCallStreamObserver<GenerateStreamResponse>) caller);
    }

    @Override
    public void computeLogprobs(ComputeLogprobsRequest request, StreamObserver<ComputeLogprobsResponse> caller) {
        calls.computeLogprobs(request, (ServerCallStreamObserver<ComputeLogprobsResponse>) caller);
    }

    @Override
    public void tokenize(TokenizeRequest request, StreamObserver<TokenizeResponse> caller) {
        caller.onNext(calls.tokenize(request));
        caller.onCompleted();
    }

    @Override
    public void detokenize(DetokenizeRequest request, StreamObserver<DetokenizeResponse> caller) {
        caller.onNext(calls.detokenize(request));
        caller.onCompleted();
    }

    @Override
    public void getLoad(GetLoadRequest request, StreamObserver<GetLoadResponse> caller) {
        caller.onNext(calls.load());
        caller.onCompleted();
    }

    @Override
    public void getModelInfo(GetModelInfoRequest request, StreamObserver<GetModelInfoResponse> caller) {
        caller.onNext(calls.modelInfo());
        caller.onCompleted();
    }
}
