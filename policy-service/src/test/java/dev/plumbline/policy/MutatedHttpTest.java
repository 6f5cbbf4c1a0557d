package dev.plumbline.policy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.policy.v1.LoadModelRequest;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests over HTTP that no client would make, byte by byte over a socket, make no defect, no hang and no leak. */
@QuarkusTest
@WithTestResource(TestHouse.class)
@TestProfile(RemoteHouseTest.CallsOnly.class)
@Timeout(600)
class MutatedHttpTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int REQUESTS = 1000;

    private static RunningHouse house;
    private static ModelVersion served;

    @BeforeAll
    static void open() {
        house = new RunningHouse();
        served = house.serve(Checkpoints.qwen2());
    }

    @AfterAll
    static void close() {
        house.close();
    }

    @Test
    void noRequestMakesADefectAHangOrALeak() throws Exception {
        AtRest rest = new AtRest(house);
        long seed = new Random().nextLong();
        MutatedRequests requests = new MutatedRequests(new Random(seed), served);

        for (int i = 0; i < REQUESTS; i++) {
            MutatedRequests.Request request = requests.next();
            String which = "seed " + seed + ", request " + i + ": " + request;
            if (request.left()) {
                request.leave(house.uri("").getPort());
            } else {
                requireAnswered(which, request, request.send(house.uri("").getPort()));
            }
        }

        house.control()
                .loadModel(LoadModelRequest.newBuilder().setFollowNewest(true).build());
        rest.awaitAgain();
    }

    /** Whole and in the API's form, whether it is what was asked for or an error of the caller. */
    private static void requireAnswered(String which, MutatedRequests.Request request, byte[] bytes)
            throws IOException {
        String answer = new String(bytes, UTF_8);
        assertThat(answer).as(which).startsWith("HTTP/1.1 ");
        int status = Integer.parseInt(answer.substring(9, 12));
        assertThat(status)
                .as(which)
                .satisfiesAnyOf(
                        it -> assertThat(it).isEqualTo(200),
                        it -> assertThat(it).isBetween(400, 499));
        if (request.method().equals("HEAD")) {
            return;
        }
        String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
        if (status != 200) {
            JsonNode error = JSON.readTree(body).path("error");
            assertThat(error.path("message").asText())
                    .as("%s: %s", which, answer)
                    .isNotBlank();
            assertThat(error.path("type").asText()).as(which).isEqualTo("invalid_request_error");
            assertThat(error.path("code").asText()).as(which).isNotBlank();
            assertThat(error.has("param")).as(which).isTrue();
        } else if (answer.contains("text/event-stream")) {
            assertThat(body).as(which).contains("data: [DONE]");
        } else {
            String kind = JSON.readTree(body).path("object").asText();
            assertThat(kind.isEmpty() ? request.path() : kind)
                    .as(which)
                    .isIn(
                            "text_completion",
                            "chat.completion",
                            "list",
                            "model",
                            "/collective_rpc",
                            "/reset_prefix_cache",
                            "/resume");
        }
    }
}
