package dev.plumbline.benchmarks;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.plumbline.benchmarks.SoakCount.End;
import dev.plumbline.proto.policy.v1.ComputeLogprobsRequest;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.GenerateStreamRequest;
import dev.plumbline.proto.policy.v1.GenerateStreamResponse;
import dev.plumbline.proto.policy.v1.PolicyServiceGrpc.PolicyServiceBlockingStub;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;

/** Answers and streams, cancelled ones, ones read slowly, deadlines too short, log-probabilities, and what is wrong. */
record SoakGrpcCalls(PolicyServiceBlockingStub service, SoakRequests requests, SoakCount count) implements SoakCalls {
    private static final Duration SLOW_READ = Duration.ofMillis(5);

    @Override
    public End next() {
        try {
            return call();
        } catch (StatusRuntimeException e) {
            return SoakCount.of(e.getStatus());
        }
    }

    private End call() {
        return switch (requests.any(9)) {
            case 0, 1 -> answer(service, requests.request());
            case 2, 3 -> stream(Duration.ZERO);
            case 4 -> stream(SLOW_READ);
            case 5 -> cancelledStream();
            case 6 ->
                answer(service.withDeadlineAfter(1 + requests.any(100), TimeUnit.MILLISECONDS), requests.request());
            case 7 -> logprobs();
            default -> answer(service, requests.wrongRequest());
        };
    }

    private End answer(PolicyServiceBlockingStub calls, GenerateRequest request) {
        GenerateResponse response = calls.generate(request);
        if (response.getSamplesCount() != request.getSampling().getNumSamples()) {
            throw new IllegalStateException(
                    request.getSampling().getNumSamples() + " samples were asked for, there are " + response);
        }
        count.tokens(response.getUsage().getCompletionTokens());
        return End.ANSWERED;
    }

    private End logprobs() {
        ComputeLogprobsRequest request = requests.logprobs();
        int computed = service.computeLogprobs(request).getSequencesCount();
        if (computed != request.getSequencesCount()) {
            throw new IllegalStateException(
                    request.getSequencesCount() + " sequences were asked for, there are " + computed);
        }
        return End.ANSWERED;
    }

    private End stream(Duration betweenReads) {
        Iterator<GenerateStreamResponse> events = events();
        while (events.hasNext()) {
            count.tokens(events.next().getDelta().getTokenIdsCount());
            Uninterruptibles.sleepUninterruptibly(betweenReads);
        }
        return End.ANSWERED;
    }

    private End cancelledStream() {
        Context.CancellableContext context = Context.current().withCancellation();
        try {
            context.run(() -> {
                Iterator<GenerateStreamResponse> events = events();
                for (int event = requests.any(20); event > 0 && events.hasNext(); event--) {
                    count.tokens(events.next().getDelta().getTokenIdsCount());
                }
            });
        } finally {
            context.cancel(null);
        }
        return End.CANCELLED;
    }

    private Iterator<GenerateStreamResponse> events() {
        return service.generateStream(GenerateStreamRequest.newBuilder()
                .setRequest(requests.request())
                .build());
    }
}
