package dev.plumbline.benchmarks;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.cli.launch.House;
import dev.plumbline.cli.launch.HousePlan;
import dev.plumbline.cli.launch.Installation;
import dev.plumbline.cli.launch.Ports;
import dev.plumbline.cli.launch.Resources;
import dev.plumbline.cli.launch.Service;
import dev.plumbline.exchange.FeedWriter;
import dev.plumbline.exchange.Topics;
import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.exchange.store.ModelStore;
import dev.plumbline.exchange.store.Staging;
import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.ModelReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.exchange.v1.TokenIds;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateStreamRequest;
import dev.plumbline.proto.policy.v1.GenerateStreamResponse;
import dev.plumbline.proto.policy.v1.GetModelInfoRequest;
import dev.plumbline.proto.policy.v1.PolicyServiceGrpc.PolicyServiceBlockingStub;
import dev.plumbline.proto.reward.v1.Answer;
import dev.plumbline.proto.reward.v1.ScoreRequest;
import dev.plumbline.proto.reward.v1.ScoreResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A house that answers calls with checkpoints. */
final class CheckpointHouse implements AutoCloseable {
    private final House house;
    private final HouseClient client;
    private final Path store;

    private CheckpointHouse(House house, Path store) {
        this.house = house;
        this.store = store;
        this.client = new HouseClient(house.addresses());
    }

    /** Starts it, publishes the checkpoint, and waits until it is served. */
    static CheckpointHouse start(Path checkpoint, int threads, int slots, Path scratch) throws IOException {
        return start(checkpoint, threads, Map.of("plumbline.policy.slots", String.valueOf(slots)), scratch);
    }

    /** The same with any settings of policy-service. */
    static CheckpointHouse start(Path checkpoint, int threads, Map<String, String> settings, Path scratch)
            throws IOException {
        Ports ports = Ports.free();
        HousePlan plan = new HousePlan(
                Installation.current(),
                scratch.resolve("house"),
                ports,
                Resources.share(threads),
                Map.of(Service.POLICY, settings));
        CheckpointHouse policy = new CheckpointHouse(House.start(plan, started -> {}), scratch.resolve("published"));
        policy.publish(checkpoint);
        Waiting.until(policy::serves, "policy-service serves no model");
        return policy;
    }

    /** Publishes a checkpoint as the next version of the policy. */
    void publish(Path checkpoint) {
        publish("policy", checkpoint);
    }

    /** Publishes a checkpoint as the first version of a judge, and waits until it scores. */
    void publishJudge(String name, Path checkpoint) {
        publish(name, checkpoint);
        ScoreRequest one = scoreRequest(List.of(new TokenSequence(new int[] {1, 1}, 1)), name + "@1");
        Waiting.until(() -> knows(one), "reward-service has no judge " + name);
    }

    private boolean knows(ScoreRequest request) {
        try {
            client.reward().score(request);
            return true;
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
                throw e;
            }
            return false;
        }
    }

    private void publish(String name, Path checkpoint) {
        StoredModel model;
        try (Staging staging = new ModelStore(store).begin(name)) {
            staging.copyFrom(checkpoint);
            model = staging.commit(ModelOrigin.imported());
        }
        try (FeedWriter feeds = new FeedWriter(client.topics(""), "benchmark")) {
            feeds.publish(ModelPublished.newBuilder()
                    .setName(model.version().name())
                    .setVersion(model.version().version())
                    .setUri(model.directory().toUri().toString())
                    .setManifestSha256(model.manifestSha256())
                    .build());
        }
    }

    private boolean serves() {
        try {
            client.policy().getModelInfo(GetModelInfoRequest.getDefaultInstance());
            return true;
        } catch (StatusRuntimeException e) {
            return false;
        }
    }

    PolicyServiceBlockingStub calls() {
        return client.policy();
    }

    HouseMeters meters() {
        return HouseMeters.read(house);
    }

    /** Where policy-service speaks OpenAI's API. */
    URI completions() {
        return URI.create("http://127.0.0.1:" + house.plan().ports().http(Service.POLICY) + "/v1/completions");
    }

    /** What its broker holds. */
    Topics topics() {
        return client.topics("");
    }

    /** Has policy-service collect what its heap does not use. */
    void collectGarbage() throws IOException, InterruptedException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                String.valueOf(house.service(Service.POLICY).pid()),
                "GC.run");
        int status = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        if (status != 0) {
            throw new IllegalStateException(String.join(" ", command) + " ended with " + status);
        }
    }

    /** Memory of policy-service. */
    Resident resident() throws IOException {
        return Resident.of(house.service(Service.POLICY).pid()).orElseThrow();
    }

    /** Seconds for a workload of which so many requests are under way at any time. */
    double seconds(Workload workload, int together) {
        ExecutorService callers = Executors.newFixedThreadPool(together);
        try {
            long start = System.nanoTime();
            List<CompletableFuture<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < workload.prompts().size(); i++) {
                GenerateRequest request =
                        request(workload.prompts().get(i), workload.newTokens().get(i), i);
                answers.add(CompletableFuture.supplyAsync(
                        () -> client.policy().generate(request).getSamples(0).getTokenIdsCount(), callers));
            }
            int tokens = 0;
            for (CompletableFuture<Integer> answer : answers) {
                tokens += answer.join();
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            if (tokens != workload.tokens()) {
                throw new IllegalStateException("expected " + workload.tokens() + " tokens, got " + tokens);
            }
            return seconds;
        } finally {
            callers.shutdown();
        }
    }

    /**
     * Seconds until all sequences are scored.
     *
     * @param model of the judge, as name@version
     */
    double seconds(List<TokenSequence> sequences, String model) {
        ScoreRequest request = scoreRequest(sequences, model);
        long start = System.nanoTime();
        ScoreResponse response = client.reward().score(request);
        double seconds = (System.nanoTime() - start) / 1e9;
        response.getScoresList().forEach(score -> {
            if (score.getStatus().getCode() != Status.Code.OK.value()) {
                throw new IllegalStateException("a sequence has no score: " + score.getStatus());
            }
        });
        return seconds;
    }

    private static ScoreRequest scoreRequest(List<TokenSequence> sequences, String model) {
        ScoreRequest.Builder request = ScoreRequest.newBuilder()
                .setReward(RewardSpec.newBuilder()
                        .addComponents(RewardComponentSpec.newBuilder()
                                .setName("score")
                                .setWeight(1)
                                .setModel(ModelReward.newBuilder().setModel(model))));
        for (TokenSequence sequence : sequences) {
            request.addItems(Answer.newBuilder()
                    .setTokenIds(TokenIds.newBuilder().addAllIds(ids(sequence, 0, sequence.promptLength())))
                    .addAllAnswerTokenIds(ids(sequence, sequence.promptLength(), sequence.ids().length))
                    .setTruncated(true));
        }
        return request.build();
    }

    private static List<Integer> ids(TokenSequence sequence, int from, int to) {
        return Arrays.stream(sequence.ids(), from, to).boxed().toList();
    }

    /**
     * When each token of a streamed answer arrived, in seconds after the call.
     *
     * @param onToken run for each
     */
    double[] arrivals(int[] prompt, int tokens, long seed, Runnable onToken) {
        long start = System.nanoTime();
        Iterator<GenerateStreamResponse> events = client.policy()
                .generateStream(GenerateStreamRequest.newBuilder()
                        .setRequest(request(prompt, tokens, seed))
                        .build());
        double[] seconds = new double[tokens];
        int arrived = 0;
        while (events.hasNext()) {
            GenerateStreamResponse event = events.next();
            double now = (System.nanoTime() - start) / 1e9;
            for (int i = 0; i < event.getDelta().getTokenIdsCount(); i++) {
                seconds[arrived++] = now;
                onToken.run();
            }
        }
        if (arrived != tokens) {
            throw new IllegalStateException("expected " + tokens + " tokens, got " + arrived);
        }
        return seconds;
    }

    static GenerateRequest request(int[] prompt, int tokens, long seed) {
        return GenerateRequest.newBuilder()
                .setTokenIds(TokenIds.newBuilder()
                        .addAllIds(Arrays.stream(prompt).boxed().toList()))
                .setSampling(Sampling.newBuilder().setSeed(seed))
                .setStopping(Stopping.newBuilder().setMaxTokens(tokens).setIgnoreEos(true))
                .build();
    }

    @Override
    public void close() {
        client.close();
        house.close();
    }
}
