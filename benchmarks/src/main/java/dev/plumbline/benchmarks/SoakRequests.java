package dev.plumbline.benchmarks;

import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.policy.v1.ComputeLogprobsRequest;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.PromptAndResponse;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * What a soak asks for: prompts and answers of all lengths, and requests that are wrong.
 *
 * @param random of one thread
 */
record SoakRequests(RandomLlama model, Random random) {
    private static final int LONGEST_PROMPT = 500;
    private static final int LONGEST_ANSWER = 200;
    private static final int MOST_SEQUENCES = 4;

    /** A number from 0 to so many, not included. */
    int any(int bound) {
        return random.nextInt(bound);
    }

    GenerateRequest request() {
        GenerateRequest request =
                CheckpointHouse.request(tokens(LONGEST_PROMPT), 1 + any(LONGEST_ANSWER), random.nextLong());
        return request.toBuilder()
                .setPriority(any(3))
                .setPromptLogprobs(any(4) == 0)
                .setTopLogprobs(any(3))
                .setSampling(request.getSampling().toBuilder().setNumSamples(1 + any(4)))
                .build();
    }

    GenerateRequest wrongRequest() {
        GenerateRequest.Builder request = request().toBuilder();
        switch (any(3)) {
            case 0 -> request.getStoppingBuilder().setMaxTokens(-1);
            case 1 -> request.getTokenIdsBuilder().addIds(model.vocabulary());
            default -> request.getStoppingBuilder().setMaxTokens(1 << 20);
        }
        return request.build();
    }

    /** By a record, which says no more than this. */
    Prompt prompt(String id) {
        GenerateRequest request = request();
        return Prompt.newBuilder()
                .setId(id)
                .setTokenIds(request.getTokenIds())
                .setSampling(request.getSampling())
                .setStopping(request.getStopping())
                .build();
    }

    ComputeLogprobsRequest logprobs() {
        ComputeLogprobsRequest.Builder request = ComputeLogprobsRequest.newBuilder();
        for (int i = 1 + any(MOST_SEQUENCES); i > 0; i--) {
            request.addSequences(PromptAndResponse.newBuilder()
                    .addAllPromptTokenIds(boxed(tokens(LONGEST_PROMPT)))
                    .addAllResponseTokenIds(boxed(tokens(LONGEST_ANSWER))));
        }
        return request.build();
    }

    private int[] tokens(int most) {
        return random.ints(1 + any(most), 2, model.vocabulary()).toArray();
    }

    private static List<Integer> boxed(int[] tokens) {
        return IntStream.of(tokens).boxed().toList();
    }
}
