package dev.plumbline.policy.remote;

import com.fasterxml.jackson.databind.JsonNode;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.serving.error.NotNow;
import java.nio.file.Path;
import java.util.stream.StreamSupport;

/** The server follows the models' feed by itself, and has several versions side by side under their own names. */
final class ListedVersions implements WeightUpdate {
    private final RemoteServer server;

    ListedVersions(RemoteServer server) {
        this.server = server;
    }

    @Override
    public String modelName(ModelVersion version) {
        return version.toString();
    }

    @Override
    public void bring(ModelVersion version, Path directory) {
        JsonNode data = server.get("/v1/models").path("data");
        boolean listed = StreamSupport.stream(data.spliterator(), false)
                .anyMatch(model -> model.path("id").asText().equals(version.toString()));
        if (!listed) {
            throw NotNow.unavailable(
                    "NO_MODEL",
                    server.name() + " does not list " + version + " yet",
                    server.patience().firstRetryAfter());
        }
    }

    @Override
    public boolean changing() {
        return false;
    }

    @Override
    public boolean enter(ModelVersion version) {
        return true;
    }

    @Override
    public void leave() {
        // Versions do not wait for each other.
    }
}
