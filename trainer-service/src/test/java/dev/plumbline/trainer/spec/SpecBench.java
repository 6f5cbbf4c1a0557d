package dev.plumbline.trainer.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.exchange.store.ModelStore;
import dev.plumbline.exchange.store.Staging;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.exchange.v1.LengthReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.FieldViolation;
import dev.plumbline.trainer.data.source.DataSources;
import dev.plumbline.trainer.data.source.ObjectStorage;
import dev.plumbline.trainer.model.ModelCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Specs to be resolved beside the models of the golden numbers. */
abstract class SpecBench {
    static final Path MODELS = Path.of(System.getProperty("plumbline.vectors", "../vectors"), "models")
            .toAbsolutePath();

    @TempDir
    Path directory;

    ModelStore store;
    SpecResolver resolver;

    @BeforeEach
    void open() {
        store = new ModelStore(directory.resolve("store"));
        resolver = new SpecResolver(
                new ModelCatalog(store), new DataSources(ObjectStorage.NONE), ComputeSettings.cpu(1), 1 << 20);
    }

    Map<String, String> problems(RunSpec spec) {
        CallerFault fault = catchThrowableOfType(CallerFault.class, () -> resolver.resolve(spec));
        assertThat(fault).isNotNull();
        assertThat(fault.reason()).isEqualTo("INVALID_SPEC");
        return fault.violations().stream()
                .collect(Collectors.toMap(FieldViolation::field, FieldViolation::description, (a, b) -> a + "; " + b));
    }

    RunSpec.Builder ppo() throws IOException {
        return RunSpec.newBuilder()
                .setPpo(PpoSpec.newBuilder()
                        .setModel(model("llama"))
                        .setPrompts(Data.newBuilder().setPath(questions()))
                        .setReward(RewardSpec.newBuilder()
                                .addComponents(RewardComponentSpec.newBuilder()
                                        .setName("a")
                                        .setLength(LengthReward.getDefaultInstance())))
                        .setSteps(1)
                        .setStopping(Stopping.newBuilder().setMaxTokens(8)));
    }

    void publish(String checkpoint, String name) {
        try (Staging staging = store.begin(name)) {
            staging.copyFrom(MODELS.resolve(checkpoint));
            staging.commit(ModelOrigin.imported());
        }
    }

    static String model(String name) {
        return MODELS.resolve(name).normalize().toString();
    }

    String demonstrations() throws IOException {
        return Files.write(directory.resolve("d.jsonl"), List.of("{\"prompt\": \"a\", \"completion\": \"b\"}"))
                .toString();
    }

    String rankings() throws IOException {
        return Files.write(
                        directory.resolve("r.jsonl"),
                        List.of("{\"prompt\": \"a\", \"chosen\": \"b\", \"rejected\": \"c\"}"))
                .toString();
    }

    String questions() throws IOException {
        return Files.write(directory.resolve("q.jsonl"), List.of("{\"prompt\": \"one two three\"}"))
                .toString();
    }
}
