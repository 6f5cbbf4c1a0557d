package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.SftSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SftRunTest {
    @TempDir
    Path directory;

    @Test
    void fineTuningFromNothingLowersTheLossAndPublishesTheModel() throws IOException {
        Path data = directory.resolve("data.jsonl");
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            lines.add("{\"prompt\": \"number " + i % 10 + "\", \"completion\": \" is " + (i % 10 + 1) % 10 + "\"}");
        }
        Files.write(data, lines);
        RunSpec spec = RunSpec.newBuilder()
                .setName("tiny")
                .setSft(SftSpec.newBuilder()
                        .setModel(TestModels.withoutWeights("llama", directory).toString())
                        .setData(Data.newBuilder().setPath(data.toString()).setEvalFraction(0.2))
                        .setOptimizer(Optimizer.newBuilder().setLearningRate(3e-3))
                        .setBatchSize(8)
                        .setEpochs(5))
                .build();
        try (Bench bench = Bench.in(directory)) {
            Run run = bench.run(spec);

            assertThat(run.getFailure()).isEmpty();
            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
            assertThat(run.getStep()).isEqualTo(20).isEqualTo(run.getTotalSteps());
            assertThat(run.getModelsList()).containsExactly("policy@1");
            assertThat(run.getNotesList()).anySatisfy(note -> assertThat(note).contains("40 lines read"));
            try (FrozenModel model =
                    FrozenModel.load(bench.store().directory(ModelVersion.parse("policy@1")), ComputeSettings.cpu(1))) {
                assertThat(model.config().vocabularySize()).isEqualTo(480);
            }
        }
    }
}
