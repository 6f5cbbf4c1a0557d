package dev.plumbline.policy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.GenerateStreamRequest;
import dev.plumbline.proto.policy.v1.GenerateStreamResponse;
import dev.plumbline.proto.policy.v1.LoadModelRequest;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A service whose engine is on another one's server, which changes its weights when this one says so, and then alone. */
@QuarkusTest
@WithTestResource(TestHouse.class)
@TestProfile(RemoteHouseTest.CallsOnly.class)
@Timeout(180)
class ReloadedHouseTest {
    private static final GenerateRequest REQUEST = GenerateRequest.newBuilder()
            .setText("the answer is always somewhere else")
            .setSampling(Sampling.newBuilder().setSeed(26).setNumSamples(2))
            .setStopping(Stopping.newBuilder().setMaxTokens(60).setIgnoreEos(true))
            .build();

    private static RunningHouse house;

    @TempDir
    Path directory;

    @BeforeAll
    static void open() {
        house = new RunningHouse();
    }

    @AfterAll
    static void close() {
        house.close();
    }

    @AfterEach
    void followAgain() {
        house.control()
                .loadModel(LoadModelRequest.newBuilder().setFollowNewest(true).build());
    }

    @Test
    void aNewVersionsWeightsAreBroughtByTheApi() throws Exception {
        Path relearnt = Checkpoints.relearnt(directory, 1);
        house.serve(relearnt);
        List<List<Integer>> ofTheRelearnt = tokens(house.blocking().generate(REQUEST));
        ModelVersion first = hold(house.serve(Checkpoints.qwen2()));
        try (NearService near = new NearService(house.uri(""), "reload")) {
            RunningHouse.eventually(() -> near.serves(Optional.of(first.toString())));
            List<Sample> before = samples(near, first);
            assertThat(tokens(before)).isEqualTo(tokens(house.blocking().generate(REQUEST)));
            Iterator<GenerateStreamResponse> running = near.blocking()
                    .generateStream(GenerateStreamRequest.newBuilder()
                            .setRequest(REQUEST)
                            .build());
            List<List<Integer>> streamed = List.of(new ArrayList<>(), new ArrayList<>());
            add(running.next(), streamed);

            ModelVersion second = house.publish(relearnt, "policy", ModelOrigin.imported());
            RunningHouse.eventually(() -> near.serves(Optional.of(second.toString())));

            assertThat(house.served()).as("held by the order").contains(second.toString());
            List<Sample> after = samples(near, second);
            assertThat(tokens(after)).isEqualTo(ofTheRelearnt).isNotEqualTo(tokens(before));
            running.forEachRemaining(event -> add(event, streamed));
            assertThat(streamed).as("what ran ended on its version").isEqualTo(tokens(before));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /pause?mode=soon     | {}                                                                      | mode must be
            /collective_rpc      | {"method": "shutdown"}                                                  | method must be
            /collective_rpc      | {"method": "reload_weights", "kwargs": {"weights_path": "/etc/passwd"}} | got "/etc/passwd"
            /collective_rpc      | {"method": "reload_weights", "kwargs": []}                              | kwargs must be an object
            /collective_rpc      | {"method": "reload_weights", "kwargs": {"weights_path": "/a/other/1"}}  | must be a version of policy
            /collective_rpc      | nonsense                                                                | no JSON object
            """)
    void whatCannotBeCarriedOutIsRefused(String path, String body, String message) throws Exception {
        HttpResponse<String> response = post(path, body);

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("\"error\":{\"message\":").contains(message.replace("\"", "\\\""));
    }

    private static ModelVersion hold(ModelVersion version) {
        house.control()
                .loadModel(LoadModelRequest.newBuilder()
                        .setModel(version.toString())
                        .build());
        return version;
    }

    private static List<Sample> samples(NearService near, ModelVersion version) {
        GenerateResponse response = near.blocking().generate(REQUEST);
        assertThat(response.getModel()).isEqualTo(version.toString());
        return response.getSamplesList();
    }

    private static List<List<Integer>> tokens(GenerateResponse response) {
        return tokens(response.getSamplesList());
    }

    private static List<List<Integer>> tokens(List<Sample> samples) {
        return samples.stream().map(Sample::getTokenIdsList).toList();
    }

    private static void add(GenerateStreamResponse event, List<List<Integer>> tokens) {
        if (event.hasDelta()) {
            tokens.get(event.getDelta().getIndex()).addAll(event.getDelta().getTokenIdsList());
        }
    }

    private static HttpResponse<String> post(String path, String body) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(house.uri(path))
                                .POST(HttpRequest.BodyPublishers.ofString(body, UTF_8))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }
}
