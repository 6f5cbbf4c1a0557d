package dev.plumbline.cli.quickstart;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.cli.progress.Progress;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.GetModelInfoRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;

/** Asks policy-service over gRPC, several prompts at a time, so that they share its batch. */
final class Sampler {
    private static final int AT_A_TIME = 16;
    private static final int MAX_TOKENS = 32;
    private static final Duration ANSWER = Duration.ofMinutes(2);
    private static final Duration SWAP = Duration.ofMinutes(1);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

    private final HouseClient client;
    private final Progress progress;
    private final long seed;

    Sampler(HouseClient client, Progress progress, long seed) {
        this.client = client;
        this.progress = progress;
        this.seed = seed;
    }

    /** Waits until a version answers. */
    void awaitServed(String model) {
        long deadline = System.nanoTime() + SWAP.toNanos();
        String served = "";
        while (!served.equals(model)) {
            if (System.nanoTime() > deadline) {
                throw new QuickstartException("policy-service serves " + (served.isEmpty() ? "nothing" : served)
                        + ", not " + model + ", " + SWAP.toSeconds() + " s after it was published; see its log");
            }
            try {
                served = client.policy()
                        .getModelInfo(GetModelInfoRequest.getDefaultInstance())
                        .getModel();
                TimeUnit.MILLISECONDS.sleep(served.equals(model) ? 0 : BETWEEN_LOOKS.toMillis());
            } catch (StatusRuntimeException e) {
                if (e.getStatus().getCode() != Status.Code.UNAVAILABLE) {
                    throw e;
                }
                served = "";
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
    }

    /**
     * Draws answers at temperature 1.
     *
     * @param samples how many for the prompt of this number
     */
    List<Answered> sample(String title, String model, List<String> prompts, IntUnaryOperator samples) {
        ExecutorService callers = Executors.newFixedThreadPool(AT_A_TIME);
        try (Progress.Task task = progress.begin(title, prompts.size())) {
            List<Future<Answered>> calls = new ArrayList<>();
            for (int i = 0; i < prompts.size(); i++) {
                String prompt = prompts.get(i);
                GenerateRequest request = request(model, prompt, samples.applyAsInt(i), i);
                calls.add(callers.submit(() -> answered(prompt, request)));
            }
            List<Answered> answers = new ArrayList<>();
            for (Future<Answered> call : calls) {
                answers.add(call.get());
                task.at(answers.size(), prompts.size(), "prompts answered");
            }
            return answers;
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
        } finally {
            callers.shutdownNow();
        }
    }

    private Answered answered(String prompt, GenerateRequest request) {
        GenerateResponse response = client.policy()
                .withDeadlineAfter(ANSWER.toSeconds(), TimeUnit.SECONDS)
                .generate(request);
        return new Answered(
                prompt,
                response.getSamplesList().stream().map(Answered.Answer::of).toList());
    }

    private GenerateRequest request(String model, String prompt, int samples, int number) {
        return GenerateRequest.newBuilder()
                .setText(prompt)
                .setRequiredModel(model)
                .setSampling(Sampling.newBuilder()
                        .setTemperature(1)
                        .setNumSamples(samples)
                        .setSeed(seed * 1_000_003 + number))
                .setStopping(Stopping.newBuilder().setMaxTokens(MAX_TOKENS))
                .build();
    }

    private static QuickstartException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new QuickstartException("interrupted while answers are drawn", e);
    }
}
