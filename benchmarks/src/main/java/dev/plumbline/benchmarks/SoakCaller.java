package dev.plumbline.benchmarks;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.plumbline.benchmarks.SoakCount.End;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.GenerateStreamRequest;
import dev.plumbline.proto.policy.v1.GenerateStreamResponse;
import dev.plumbline.proto.policy.v1.PolicyServiceGrpc.PolicyServiceBlockingStub;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** A caller that makes one call after the other, of all kinds. */
final class SoakCaller implements Runnable {
    private static final int LONGEST_PROMPT = 500;
    private static final int LONGEST_ANSWER = 200;
    private static final Duration SLOW_READ = Duration.ofMillis(5);
    private static final Duration AFTER_REFUSAL = Duration.ofMillis(50);

    private final CheckpointHouse policy;
    private final RandomLlama model;
    private final Random random;
    private final SoakCount count;
    private final AtomicBoolean over;

    /** @param over when there is to be no further call */
    SoakCaller(CheckpointHouse policy, RandomLlama model, long seed, SoakCount count, AtomicBoolean over) {
        this.policy = policy;
        this.model = model;
        this.random = new Random(seed);
        this.count = count;
        this.over = over;
    }

    @Override
    public void run() {
        while (!over.get()) {
            try {
                count.ended(call());
            } catch (StatusRuntimeException e) {
                End end = SoakCount.of(e.getStatus());
                count.ended(end);
                if (end == End.REFUSED) {
                    Uninterruptibles.sleepUninterruptibly(AFTER_REFUSAL);
                }
            }
        }
    }

    private End call() {
        return switch (random.nextInt(8)) {
            case 0, 1 -> answer(policy.calls(), request());
            case 2, 3 -> stream(Duration.ZERO);
            case 4 -> stream(SLOW_READ);
            case 5 -> cancelledStream();
            case 6 ->
                answer(policy.calls().withDeadlineAfter(1 + random.nextInt(100), TimeUnit.MILLISECONDS), request());
            default -> answer(policy.calls(), wrongRequest());
        };
    }

    private GenerateRequest request() {
        int[] prompt = random.ints(1 + random.nextInt(LONGEST_PROMPT), 2, model.vocabulary())
                .toArray();
        GenerateRequest request =
                CheckpointHouse.request(prompt, 1 + random.nextInt(LONGEST_ANSWER), random.nextLong());
        return request.toBuilder()
                .setPriority(random.nextInt(3))
                .setPromptLogprobs(random.nextInt(4) == 0)
                .setTopLogprobs(random.nextInt(3))
                .setSampling(request.getSampling().toBuilder().setNumSamples(1 + random.nextInt(4)))
                .build();
    }

    private GenerateRequest wrongRequest() {
        GenerateRequest.Builder request = request().toBuilder();
        switch (random.nextInt(3)) {
            case 0 -> request.getStoppingBuilder().setMaxTokens(-1);
            case 1 -> request.getTokenIdsBuilder().addIds(model.vocabulary());
            default -> request.getStoppingBuilder().setMaxTokens(1 << 20);
        }
        return request.build();
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

    private End stream(Duration betweenReads) {
        Iterator<GenerateStreamResponse> events = policy.calls()
                .generateStream(
                        GenerateStreamRequest.newBuilder().setRequest(request()).build());
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
                Iterator<GenerateStreamResponse> events = policy.calls()
                        .generateStream(GenerateStreamRequest.newBuilder()
                                .setRequest(request())
                                .build());
                for (int event = random.nextInt(20); event > 0 && events.hasNext(); event--) {
                    count.tokens(events.next().getDelta().getTokenIdsCount());
                }
            });
        } finally {
            context.cancel(null);
        }
        return End.CANCELLED;
    }
}
