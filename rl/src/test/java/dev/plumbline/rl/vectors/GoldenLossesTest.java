package dev.plumbline.rl.vectors;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.plumbline.rl.Summary;
import dev.plumbline.rl.TokenMask;
import dev.plumbline.rl.advantage.AdvantageEstimate;
import dev.plumbline.rl.advantage.GeneralizedAdvantage;
import dev.plumbline.rl.advantage.Whitening;
import dev.plumbline.rl.kl.KlControl;
import dev.plumbline.rl.kl.KlEstimator;
import dev.plumbline.rl.loss.Aggregation;
import dev.plumbline.rl.loss.ClippedPolicyLoss;
import dev.plumbline.rl.loss.ClippedValueLoss;
import dev.plumbline.rl.loss.KlLoss;
import dev.plumbline.rl.loss.NegativeLogLikelihood;
import dev.plumbline.rl.loss.PolicyDiagnostics;
import dev.plumbline.rl.loss.PolicyExperience;
import dev.plumbline.rl.loss.PpoEvaluation;
import dev.plumbline.rl.loss.PretrainingLoss;
import dev.plumbline.rl.loss.TokenLoss;
import dev.plumbline.rl.loss.ValueEvaluation;
import dev.plumbline.rl.loss.ValueTargets;
import dev.plumbline.rl.ranking.DpoEvaluation;
import dev.plumbline.rl.ranking.DpoLoss;
import dev.plumbline.rl.ranking.RankingEvaluation;
import dev.plumbline.rl.ranking.RankingFigures;
import dev.plumbline.rl.ranking.RankingLoss;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every objective gives the numbers that PyTorch and TRL give. */
final class GoldenLossesTest {
    @TestFactory
    Stream<DynamicTest> rankingsAgree() {
        return cases("ranking", GoldenLossesTest::ranking);
    }

    @TestFactory
    Stream<DynamicTest> directPreferencesAgree() {
        return cases("dpo", GoldenLossesTest::dpo);
    }

    @TestFactory
    Stream<DynamicTest> advantagesAgree() {
        return cases("gae", GoldenLossesTest::gae);
    }

    @TestFactory
    Stream<DynamicTest> whiteningAgrees() {
        return cases("whitening", GoldenLossesTest::whitening);
    }

    @TestFactory
    Stream<DynamicTest> klEstimatorsAgree() {
        return cases("kl", GoldenLossesTest::kl);
    }

    @TestFactory
    Stream<DynamicTest> theAdaptiveKlCoefficientAgrees() {
        return cases("adaptive_kl", GoldenLossesTest::adaptiveKl);
    }

    @TestFactory
    Stream<DynamicTest> theClippedPolicyLossAgrees() {
        return cases("ppo_policy", GoldenLossesTest::ppoPolicy);
    }

    @TestFactory
    Stream<DynamicTest> theClippedValueLossAgrees() {
        return cases("ppo_value", GoldenLossesTest::ppoValue);
    }

    @TestFactory
    Stream<DynamicTest> theMixWithPretrainingAgrees() {
        return cases("ppo_ptx", GoldenLossesTest::ppoPtx);
    }

    @TestFactory
    Stream<DynamicTest> theWayFromAnswersToAdvantagesAgrees() {
        return cases("trl_ppo_rewards", TrlPpoRewards::check);
    }

    private static Stream<DynamicTest> cases(String objective, Consumer<GoldenCase> check) {
        return Vectors.lossCases(objective).stream()
                .map(golden -> dynamicTest(golden.name(), () -> {
                    check.accept(golden);
                    golden.requireAllUsed();
                }));
    }

    private static void ranking(GoldenCase golden) {
        List<GoldenCase> prompts = golden.children("prompts");
        long counted = prompts.stream()
                .filter(prompt -> RankingLoss.pairs(prompt.integers("ranks")) > 0)
                .count();
        double loss = 0;
        RankingFigures figures = RankingFigures.NONE;
        for (GoldenCase prompt : prompts) {
            RankingEvaluation share = RankingLoss.evaluate(prompt.row("rewards"), prompt.integers("ranks"), counted);
            prompt.expect("pairs", share.figures().pairs());
            prompt.expect("pairs_ordered_correctly", share.figures().correctPairs());
            prompt.expect("loss", share.loss() * counted);
            prompt.expect("grad", share.derivatives());
            prompt.requireAllUsed();
            loss += share.loss();
            figures = figures.plus(share.figures());
        }
        golden.expect("prompts_counted", figures.prompts());
        golden.expect("loss", loss);
    }

    /** A batch of pairs, each of them a prompt with two answers. */
    private static void dpo(GoldenCase golden) {
        DpoLoss loss = new DpoLoss(golden.number("beta"), golden.number("label_smoothing"));
        float[] chosen = golden.row("policy_chosen_logps");
        float[] rejected = golden.row("policy_rejected_logps");
        float[] referenceChosen = golden.row("ref_chosen_logps");
        float[] referenceRejected = golden.row("ref_rejected_logps");
        List<DpoEvaluation> pairs = IntStream.range(0, chosen.length)
                .mapToObj(i -> loss.evaluate(
                        new double[] {chosen[i], rejected[i]},
                        new double[] {referenceChosen[i], referenceRejected[i]},
                        new int[] {1, 2},
                        chosen.length))
                .toList();
        golden.expect("losses", each(pairs, pair -> pair.loss() * chosen.length));
        golden.expect("loss", pairs.stream().mapToDouble(DpoEvaluation::loss).sum());
        golden.expect(
                "chosen_rewards",
                each(pairs, pair -> pair.rewards().sides().chosen().mean()));
        golden.expect(
                "rejected_rewards",
                each(pairs, pair -> pair.rewards().sides().rejected().mean()));
        golden.expect(
                "accuracy",
                pairs.stream()
                        .map(DpoEvaluation::rewards)
                        .reduce(RankingFigures.NONE, RankingFigures::plus)
                        .accuracy());
        golden.expect("grad_policy_chosen_logps", each(pairs, pair -> pair.derivatives()[0]));
        golden.expect("grad_policy_rejected_logps", each(pairs, pair -> pair.derivatives()[1]));
    }

    private static double[] each(List<DpoEvaluation> pairs, ToDoubleFunction<DpoEvaluation> figure) {
        return pairs.stream().mapToDouble(figure).toArray();
    }

    private static void gae(GoldenCase golden) {
        TokenMask mask = golden.mask("mask");
        AdvantageEstimate estimate = new GeneralizedAdvantage(golden.number("gamma"), golden.number("lambda"))
                .estimate(golden.rows("rewards"), golden.rows("values"), mask);
        golden.expect("advantages", estimate.advantages(), mask);
        golden.expect("returns", estimate.returns(), mask);
    }

    private static void whitening(GoldenCase golden) {
        float[][] values = golden.rows("values");
        TokenMask mask = golden.mask("mask");
        Summary moments = Summary.of(values, mask);
        golden.expect("masked_mean", moments.mean());
        golden.expect(
                "masked_mean_per_row",
                IntStream.range(0, mask.rows())
                        .mapToDouble(row -> Summary.of(new float[][] {values[row]}, mask.select(row))
                                .mean())
                        .toArray());
        golden.expect("masked_var_unbiased", moments.variance());
        golden.expect("masked_var_biased", moments.biasedVariance());
        golden.expect("whitened_shift_mean_true", Whitening.shiftingMean(values, mask), mask);
        golden.expect("whitened_shift_mean_false", Whitening.keepingMean(values, mask), mask);
    }

    private static void kl(GoldenCase golden) {
        float[][] logProbs = golden.rows("logprobs");
        float[][] reference = golden.rows("ref_logprobs");
        TokenMask mask = golden.mask("mask");
        for (KlEstimator estimator : KlEstimator.values()) {
            String name = estimator.name().toLowerCase(Locale.ROOT);
            float[][] estimates = estimator.estimates(logProbs, reference, mask);
            golden.expect(name, estimates, mask);
            golden.expect(
                    name + "_sum_per_sequence",
                    Stream.of(estimates).mapToDouble(GoldenLossesTest::sum).toArray());
            TokenLoss mean = new KlLoss(estimator, 1).evaluate(logProbs, reference, mask, mask.count());
            golden.expect(name + "_masked_mean", mean.loss());
            golden.expect(name + "_masked_mean_grad_logprobs", mean.derivatives());
        }
    }

    private static void adaptiveKl(GoldenCase golden) {
        KlControl control = new KlControl.Adaptive(
                golden.number("init_kl_coef"), golden.number("target"), golden.number("horizon"));
        double coefficient = control.initial();
        for (GoldenCase step : golden.children("steps")) {
            coefficient = control.next(coefficient, step.number("kl"), (long) golden.number("n_steps"));
            step.expect("kl_coef_after", coefficient);
            step.requireAllUsed();
        }
    }

    private static void ppoPolicy(GoldenCase golden) {
        float[][] logProbs = golden.rows("new_logprobs");
        PolicyExperience experience = PolicyCase.experience(golden);
        TokenMask mask = experience.mask();
        ClippedPolicyLoss loss = ClippedPolicyLoss.symmetric(golden.number("cliprange"));
        PpoEvaluation evaluation = PolicyCase.evaluate(loss, logProbs, experience, new Aggregation.TokenMean());
        golden.expect("loss", evaluation.loss());
        golden.expect("grad_new_logprobs", evaluation.logProbDerivatives());
        golden.expect(
                "ratio",
                PolicyCase.perToken(
                        loss,
                        logProbs,
                        experience,
                        token -> token.diagnostics().ratio().mean()),
                mask);
        PolicyDiagnostics diagnostics = evaluation.diagnostics();
        golden.expect("clipfrac", diagnostics.clipFraction());
        golden.expect("approxkl_masked_half_square", diagnostics.approxKl());
        golden.expect(
                "approxkl_masked_k3",
                new KlLoss(KlEstimator.K3, 1)
                        .evaluate(experience.oldLogProbs(), logProbs, mask, mask.count())
                        .loss());
        long positions = TokenMask.all(logProbs).count();
        golden.expect("approxkl_trl_all_positions", diagnostics.approxKl() * mask.count() / positions);
    }

    private static void ppoValue(GoldenCase golden) {
        ValueTargets targets = new ValueTargets(golden.rows("old_values"), golden.rows("returns"), golden.mask("mask"));
        ValueEvaluation evaluation = new ClippedValueLoss(golden.number("cliprange_value"))
                .evaluate(golden.rows("new_values"), targets, targets.mask().count());
        golden.expect("loss", evaluation.loss());
        golden.expect("grad_new_values", evaluation.derivatives());
        golden.expect("clipfrac", evaluation.diagnostics().clipFraction());
    }

    private static void ppoPtx(GoldenCase golden) {
        PolicyExperience experience = PolicyCase.experience(golden);
        TokenLoss policy = ClippedPolicyLoss.symmetric(golden.number("cliprange"))
                .evaluate(
                        golden.rows("new_logprobs"),
                        experience,
                        experience.mask().count());
        TokenMask pretrainMask = golden.mask("pretrain_mask");
        TokenLoss pretraining = new PretrainingLoss(golden.number("gamma"))
                .evaluate(golden.rows("pretrain_logprobs"), pretrainMask, pretrainMask.count());
        golden.expect("policy_loss", policy.loss());
        golden.expect(
                "pretrain_nll",
                NegativeLogLikelihood.evaluate(golden.rows("pretrain_logprobs"), pretrainMask, pretrainMask.count())
                        .loss());
        golden.expect("loss", policy.loss() + pretraining.loss());
        golden.expect("grad_new_logprobs", policy.derivatives());
        golden.expect("grad_pretrain_logprobs", pretraining.derivatives());
    }

    private static double sum(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum;
    }
}
