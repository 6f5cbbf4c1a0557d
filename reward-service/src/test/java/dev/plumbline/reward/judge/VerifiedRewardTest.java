package dev.plumbline.reward.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.exchange.v1.ExternalReward;
import dev.plumbline.proto.exchange.v1.NumericAnswerReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.reward.rule.GivenAnswer;
import dev.plumbline.reward.verifier.HttpVerifier;
import dev.plumbline.reward.verifier.HttpVerifier.Reply;
import dev.plumbline.reward.verifier.VerifierTerms;
import dev.plumbline.reward.verifier.Verifiers;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.NotNow;
import dev.plumbline.serving.error.ServiceException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rewards with an external component, over a real HTTP server. */
class VerifiedRewardTest {

    private static final int QUEUED_ANSWERS = 4;

    private final HttpVerifier good = new HttpVerifier(call -> new Reply(
            200, "{\"verifications\":[{\"value\":0.25},{\"status\":{\"code\":3,\"message\":\"no code in it\"}}]}"));
    private final HttpVerifier away = new HttpVerifier(call -> new Reply(503, ""));
    private final HttpVerifier silent = new HttpVerifier(call -> HttpVerifier.SILENCE);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final JudgeEngine engine = new JudgeEngine(
            new NoModels(),
            new Verifiers(Map.of("good", terms(good), "away", terms(away), "silent", terms(silent)), meters),
            ComputeSettings.cpu(1),
            new JudgeEngine.Limits(QUEUED_ANSWERS, 1024, 1, 0),
            meters);

    @AfterEach
    void stop() {
        engine.finish();
        good.close();
        away.close();
        silent.close();
    }

    @Test
    void a_value_joins_the_sum_and_an_answer_that_cannot_be_verified_is_refused_alone() {
        CompletableFuture<List<Outcome>> outcomes = engine.submit(request("good", 2));
        engine.poll();

        Verdict verdict = ((Outcome.Judged) outcomes.join().get(0)).verdict();
        assertThat(verdict.reward()).isEqualTo(1 + 4 * 0.25f);
        assertThat(verdict.values()).extracting(Verdict.Value::value).containsExactly(1f, 0.25f);
        assertThat(((Outcome.Refused) outcomes.join().get(1)).error())
                .isInstanceOfSatisfying(CallerFault.class, fault -> {
                    assertThat(fault.reason()).isEqualTo("NOT_VERIFIED");
                    assertThat(fault.violations().get(0).description()).contains("no code in it");
                });
    }

    @Test
    void every_kind_of_measure_is_timed() {
        CompletableFuture<List<Outcome>> outcomes = engine.submit(request("good", 2));
        engine.poll();
        assertThat(outcomes.join()).hasSize(2);
        assertThat(meters.get("plumbline.reward.measuring")
                        .tag("measure", "rules")
                        .timer()
                        .count())
                .isEqualTo(1);
        assertThat(meters.get("plumbline.reward.verifying")
                        .tags("verifier", "good", "result", "ok")
                        .timer()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void a_verifier_that_is_away_fails_the_requests_that_need_it_for_now_and_no_others() {
        CompletableFuture<List<Outcome>> unlucky = engine.submit(request("away", 1));
        CompletableFuture<List<Outcome>> other = engine.submit(request("good", 2));
        engine.poll();

        assertThat(failure(unlucky)).isInstanceOf(NotNow.class);
        assertThat(other.join()).hasSize(2);
    }

    @Test
    void a_verifier_that_is_not_set_is_refused_with_the_names_of_those_that_are() {
        CompletableFuture<List<Outcome>> outcomes = engine.submit(request("http://evil", 1));
        engine.poll();
        assertThat(failure(outcomes))
                .isInstanceOfSatisfying(
                        CallerFault.class, fault -> assertThat(fault.reason()).isEqualTo("VERIFIER_NOT_CONFIGURED"))
                .hasMessageContaining("[away, good, silent]");
    }

    @Test
    void answers_that_wait_for_a_verifier_count_as_waiting() {
        CompletableFuture<List<Outcome>> first = engine.submit(request("silent", QUEUED_ANSWERS));
        engine.poll();
        assertThat(first).isNotDone();
        assertThat(engine.unverifiedAnswers()).isEqualTo(QUEUED_ANSWERS);
        assertThat(engine.queuedAnswers()).isZero();
        assertThatThrownBy(() -> engine.submit(request("good", 1)))
                .isInstanceOfSatisfying(
                        NotNow.class, notNow -> assertThat(notNow.reason()).isEqualTo("QUEUE_FULL"));
        silent.close();
        assertThat(failure(first)).isInstanceOf(NotNow.class);
        assertThat(engine.unverifiedAnswers()).isZero();
    }

    private static VerifierTerms terms(HttpVerifier server) {
        return new VerifierTerms(
                server.target(),
                8,
                new VerifierTerms.Patience(Duration.ofSeconds(20), 0, Duration.ofMillis(1)),
                new VerifierTerms.Breaker(100, Duration.ofSeconds(20)));
    }

    private static JudgeRequest request(String verifier, int answers) {
        Reward reward = Reward.of(
                RewardSpec.newBuilder()
                        .addComponents(RewardComponentSpec.newBuilder()
                                .setName("right")
                                .setNumericAnswer(NumericAnswerReward.getDefaultInstance()))
                        .addComponents(RewardComponentSpec.newBuilder()
                                .setName("proof")
                                .setWeight(4)
                                .setExternal(ExternalReward.newBuilder().setVerifier(verifier)))
                        .build(),
                "reward");
        Answer answer = new Answer(
                new Prompt.Text("2+2?"),
                new Response("4", true, Optional.empty()),
                new GivenAnswer("4", OptionalInt.empty(), Optional.of("4")));
        return new JudgeRequest(Collections.nCopies(answers, answer), reward, Optional.empty(), 1, false);
    }

    private static ServiceException failure(CompletableFuture<List<Outcome>> outcomes) {
        try {
            throw new AssertionError("it was judged: " + outcomes.join());
        } catch (CompletionException e) {
            if (e.getCause() instanceof ServiceException known) {
                return known;
            }
            throw e;
        }
    }

    private record NoModels() implements ModelSource {
        @Override
        public Path fetch(ModelVersion version) {
            throw new AssertionError("no model takes part, but " + version + " was asked for");
        }

        @Override
        public void close() {}
    }
}
