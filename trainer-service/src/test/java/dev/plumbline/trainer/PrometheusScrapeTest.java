package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.CancelRunRequest;
import dev.plumbline.proto.trainer.v1.CreateRunRequest;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.WatchRunRequest;
import dev.plumbline.proto.trainer.v1.WatchRunResponse;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@QuarkusTest
@QuarkusTestResource(TestHouse.class)
class PrometheusScrapeTest extends CalledTrainer {
    /** Figures of fine-tuning, and what Prometheus calls them. */
    private static final Map<String, String> FIGURES = Map.of(
            "loss", "plumbline_run_loss",
            "lr", "plumbline_run_lr",
            "gradient_norm/model", "plumbline_run_gradient_norm_model",
            "tokens/all", "plumbline_run_tokens_all",
            "padding/waste", "plumbline_run_padding_waste");

    @ConfigProperty(name = "quarkus.http.test-port")
    int httpPort;

    @TempDir
    Path directory;

    @Test
    void theGaugesAreTheLastFiguresOfTheRunThatIsActive() throws Exception {
        String id = create();
        Iterator<WatchRunResponse> events =
                client.watchRun(WatchRunRequest.newBuilder().setRunId(id).build());
        List<WatchRunResponse> seen = new ArrayList<>();
        while (values(seen, "loss").size() < 3) {
            seen.add(events.next());
        }
        String scraped = scrape();
        cancel(id);
        events.forEachRemaining(seen::add);

        assertThat(seen.get(seen.size() - 1).getRun().getState()).isEqualTo(RunState.RUN_STATE_CANCELLED);
        FIGURES.forEach((figure, name) -> {
            // Of whichever step was the last by then, which was not the first.
            List<Double> values = values(seen, figure);
            assertThat(values.subList(1, values.size())).as(figure).contains(gauge(scraped, name, id));
        });
        assertThat(gauge(scraped, "plumbline_trainer_step", id)).isGreaterThan(1);
        cancel(create()); // a change after the end, so that the gauges have seen the end
        assertThat(scrape()).doesNotContain("run=\"" + id + "\"");
    }

    private String create() {
        RunSpec.Builder spec = TestSpecs.sft(directory);
        spec.getSftBuilder().clearEpochs().setSteps(100_000);
        return client.createRun(CreateRunRequest.newBuilder().setSpec(spec).build())
                .getRun()
                .getRunId();
    }

    private void cancel(String id) {
        client.cancelRun(CancelRunRequest.newBuilder().setRunId(id).build());
    }

    private static List<Double> values(List<WatchRunResponse> events, String figure) {
        return events.stream()
                .filter(event -> event.getMetrics().containsValues(figure))
                .map(event -> event.getMetrics().getValuesOrThrow(figure))
                .toList();
    }

    private String scrape() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + httpPort + "/q/metrics"))
                .build();
        HttpResponse<String> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }

    /** The value of a line such as {@code name{run="id"} 0.5}. */
    private static double gauge(String scraped, String name, String run) {
        String start = name + "{run=\"" + run + "\"} ";
        return scraped.lines()
                .filter(line -> line.startsWith(start))
                .map(line -> Double.parseDouble(line.substring(start.length())))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + start + "in\n" + scraped));
    }
}
