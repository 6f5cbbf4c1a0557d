package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.exchange.v1.LengthReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.KlPenalty;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PpoRunTest {
    @TempDir
    Path directory;

    @Test
    void aPolicyLearnsWhatARuleRewards() {
        try (Bench bench = Bench.in(directory);
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            String id = bench.create(spec(6).build());
            work(bench, services, id);
            Run run = bench.get(id);

            System.out.println(run);
            assertThat(run.getFailure()).isEmpty();
            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
        }
    }

    private static void work(Bench bench, HandMadeServices services, String id) {
        while (!bench.ended(id)) {
            bench.poll();
            services.poll();
        }
    }

    private RunSpec.Builder spec(int steps) {
        return RunSpec.newBuilder()
                .setName("ppo")
                .setPpo(PpoSpec.newBuilder()
                        .setModel(TestModels.random("llama", directory, 1).toString())
                        .setPrompts(Data.newBuilder().setPath(prompts("prompts.jsonl", 12)))
                        .setEvaluation(Data.newBuilder().setPath(prompts("held-out.jsonl", 8)))
                        .setReward(RewardSpec.newBuilder()
                                .addComponents(RewardComponentSpec.newBuilder()
                                        .setName("wanted")
                                        .setLength(LengthReward.getDefaultInstance())))
                        .setSteps(steps)
                        .setPromptsPerStep(8)
                        .setSamplesPerPrompt(4)
                        .setStopping(Stopping.newBuilder().setMaxTokens(8))
                        .setKl(KlPenalty.newBuilder().setCoefficient(0.01))
                        .setOptimizer(Optimizer.newBuilder().setLearningRate(3e-3))
                        .setCriticOptimizer(Optimizer.newBuilder().setLearningRate(3e-3)));
    }

    private String prompts(String name, int count) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lines.add("{\"prompt\": \"question " + i + "\"}");
        }
        try {
            return Files.write(directory.resolve(name), lines).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
