package dev.plumbline.reward.judge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.exchange.v1.ModelReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.reward.rule.GivenAnswer;
import dev.plumbline.reward.verifier.Verifiers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How the requests of several callers are judged together, by a real model. */
class SittingTest {

    private static final int TOKEN_BUDGET = 200;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final JudgeEngine engine = new JudgeEngine(
            new Vectors(),
            new Verifiers(Map.of(), meters),
            ComputeSettings.cpu(1),
            new JudgeEngine.Limits(100, TOKEN_BUDGET, 1, 0),
            meters);

    @AfterEach
    void stop() {
        engine.finish();
    }

    @Test
    void requests_that_fit_the_budget_are_one_pass_of_the_model() {
        CompletableFuture<List<Outcome>> first = engine.submit(request(1, "two"));
        CompletableFuture<List<Outcome>> second = engine.submit(request(2, "three"));

        assertThat(engine.poll()).isEqualTo(2);

        assertThat(first.join()).hasSize(1);
        assertThat(second.join()).hasSize(2);
        assertThat(passes()).isEqualTo(1);
    }

    @Test
    void more_than_the_budget_waits_for_the_next_pass() {
        String tooLongForTwo = "word ".repeat(TOKEN_BUDGET);
        CompletableFuture<List<Outcome>> first = engine.submit(request(1, tooLongForTwo));
        CompletableFuture<List<Outcome>> second = engine.submit(request(1, "two"));

        assertThat(engine.poll()).isEqualTo(1);

        assertThat(first).isDone();
        assertThat(second).isNotDone();
        assertThat(engine.poll()).isEqualTo(1);
        assertThat(second).isDone();
        assertThat(passes()).isEqualTo(2);
    }

    private long passes() {
        return meters.get("plumbline.reward.measuring")
                .tag("measure", "model")
                .timer()
                .count();
    }

    private static JudgeRequest request(int answers, String text) {
        Reward reward = Reward.of(
                RewardSpec.newBuilder()
                        .addComponents(RewardComponentSpec.newBuilder()
                                .setName("judge")
                                .setModel(ModelReward.newBuilder().setModel("judge@1")))
                        .build(),
                "reward");
        Answer answer = new Answer(
                new Prompt.Text("How many?"),
                new Response(text, true, Optional.empty()),
                new GivenAnswer(text, OptionalInt.empty(), Optional.empty()));
        return new JudgeRequest(Collections.nCopies(answers, answer), reward, Optional.empty(), 1, true);
    }

    private record Vectors() implements ModelSource {
        @Override
        public Path fetch(ModelVersion version) {
            return Path.of("..", "vectors", "models", "llama-reward");
        }

        @Override
        public void close() {}
    }
}
