package dev.plumbline.rl.vectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.plumbline.rl.Summary;
import dev.plumbline.rl.TokenMask;
import dev.plumbline.rl.advantage.BatchStandardization;
import dev.plumbline.rl.advantage.GroupAdvantage;
import dev.plumbline.rl.kl.KlEstimator;
import dev.plumbline.rl.loss.Aggregation;
import dev.plumbline.rl.loss.BehaviourWeights;
import dev.plumbline.rl.loss.ClippedPolicyLoss;
import dev.plumbline.rl.loss.EntropyBonus;
import dev.plumbline.rl.loss.KlLoss;
import dev.plumbline.rl.loss.PolicyDiagnostics;
import dev.plumbline.rl.loss.PolicyExperience;
import dev.plumbline.rl.loss.PpoEvaluation;
import dev.plumbline.rl.loss.PpoObjective;
import dev.plumbline.rl.loss.SequenceRatioLoss;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The estimators and losses beside PPO's give the numbers that PyTorch and TRL give. */
final class GoldenGroupLossesTest {
    private static final Aggregation TOKEN_MEAN = new Aggregation.TokenMean();

    @TestFactory
    Stream<DynamicTest> theAdvantagesOverAGroupAgree() {
        return cases("group_advantages", GoldenGroupLossesTest::groupAdvantages);
    }

    @TestFactory
    Stream<DynamicTest> theAggregationsAgree() {
        return cases("aggregation", GoldenGroupLossesTest::aggregation);
    }

    @TestFactory
    Stream<DynamicTest> theAsymmetricAndTheDualClipAgree() {
        return cases("dapo", GoldenGroupLossesTest::dapo);
    }

    @TestFactory
    Stream<DynamicTest> theLossOfTrlsGrpoTrainerAgrees() {
        return cases("grpo_trl", GoldenGroupLossesTest::grpo);
    }

    @TestFactory
    Stream<DynamicTest> theRatioOfASequenceAgrees() {
        return cases("gspo", GoldenGroupLossesTest::gspo);
    }

    @TestFactory
    Stream<DynamicTest> truncatedImportanceSamplingAgrees() {
        return cases("tis", GoldenGroupLossesTest::tis);
    }

    @TestFactory
    Stream<DynamicTest> decoupledPpoAgrees() {
        return cases("decoupled_ppo", GoldenGroupLossesTest::decoupled);
    }

    private static Stream<DynamicTest> cases(String objective, Consumer<GoldenCase> check) {
        return Vectors.lossCases(objective).stream()
                .map(golden -> dynamicTest(golden.name(), () -> {
                    check.accept(golden);
                    golden.requireAllUsed();
                }));
    }

    private static void groupAdvantages(GoldenCase golden) {
        float[][] rewards = golden.rows("rewards");
        golden.expect("group_mean", perGroup(rewards, Summary::mean));
        golden.expect("group_std_unbiased", perGroup(rewards, group -> Math.sqrt(group.variance())));
        golden.expect(
                "is_std_zero",
                Arrays.stream(rewards)
                        .map(Summary::of)
                        .map(group -> group.min() == group.max())
                        .toArray());
        golden.expect("grpo", groups(rewards, GroupAdvantage.MEAN_STD::of));
        golden.expect("rloo", groups(rewards, GroupAdvantage.LEAVE_ONE_OUT::of));
        float[][] centred = groups(rewards, GroupAdvantage.MEAN::of);
        golden.expect("dr_grpo", centred);
        Summary all = Summary.of(centred, TokenMask.all(centred));
        golden.expect(
                "reinforce_pp_baseline_sequence",
                groups(centred, group -> scaled(group, all.mean(), Math.sqrt(all.variance()) + 1e-8)));
        golden.expect(
                "reinforce_pp_baseline_token_value_per_sequence",
                standardized(centred, golden.integerRows("response_lengths")));
    }

    private static double[] perGroup(float[][] rewards, ToDoubleFunction<Summary> figure) {
        return Arrays.stream(rewards).map(Summary::of).mapToDouble(figure).toArray();
    }

    private static float[][] groups(float[][] rewards, UnaryOperator<float[]> advantages) {
        return Arrays.stream(rewards).map(advantages).toArray(float[][]::new);
    }

    private static float[] scaled(float[] values, double mean, double deviation) {
        float[] scaled = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            scaled[i] = (float) ((values[i] - mean) / deviation);
        }
        return scaled;
    }

    /** Every answer's advantage on each of its tokens, standardized; of each answer the first. */
    private static float[][] standardized(float[][] advantages, int[][] lengths) {
        float[][] first = new float[advantages.length][];
        float[][] answers = new float[advantages.length * advantages[0].length][];
        int answer = 0;
        for (int group = 0; group < advantages.length; group++) {
            for (int i = 0; i < advantages[group].length; i++) {
                answers[answer] = new float[lengths[group][i]];
                Arrays.fill(answers[answer++], advantages[group][i]);
            }
        }
        float[][] standardized = BatchStandardization.standardize(answers, TokenMask.all(answers));
        answer = 0;
        for (int group = 0; group < advantages.length; group++) {
            first[group] = new float[advantages[group].length];
            for (int i = 0; i < first[group].length; i++) {
                first[group][i] = standardized[answer++][0];
            }
        }
        return first;
    }

    private static void aggregation(GoldenCase golden) {
        float[][] losses = golden.rows("per_token");
        TokenMask mask = golden.mask("mask");
        PolicyCase.aggregations(golden).forEach((name, aggregation) -> {
            double[] normalizers = aggregation.normalizers(mask);
            double loss = 0;
            double[][] gradient = new double[mask.rows()][];
            for (int row = 0; row < mask.rows(); row++) {
                gradient[row] = new double[mask.length(row)];
                for (int token = 0; token < mask.length(row); token++) {
                    if (mask.includes(row, token)) {
                        loss += losses[row][token] / normalizers[row];
                        gradient[row][token] = 1 / normalizers[row];
                    }
                }
            }
            golden.expect(name, Map.of("loss", loss, "grad", gradient));
        });
    }

    private static void dapo(GoldenCase golden) {
        ClippedPolicyLoss loss = new ClippedPolicyLoss(
                golden.number("clip_low"),
                golden.number("clip_high"),
                golden.numberOr("dual_clip", Double.POSITIVE_INFINITY));
        float[][] logProbs = golden.rows("new_logprobs");
        PolicyExperience experience = PolicyCase.experience(golden);
        PolicyDiagnostics diagnostics =
                PolicyCase.evaluate(loss, logProbs, experience, TOKEN_MEAN).diagnostics();
        golden.expect("clipfrac", diagnostics.clipFraction());
        golden.expect("clipfrac_dual", diagnostics.dualClipFraction());
        golden.expect(
                "per_token_loss",
                PolicyCase.perToken(loss, logProbs, experience, PpoEvaluation::loss),
                experience.mask());
        PolicyCase.expectAggregations(golden, loss, logProbs, experience);
    }

    /** TRL's {@code delta} bounds the ratio where the advantage is negative, which is the dual clip. */
    private static void grpo(GoldenCase golden) {
        ClippedPolicyLoss loss = new ClippedPolicyLoss(
                golden.number("epsilon_low"),
                golden.number("epsilon_high"),
                golden.numberOr("delta", Double.POSITIVE_INFINITY));
        Aggregation aggregation = aggregation(golden.text("loss_type"), (int) golden.number("max_completion_length"));
        double beta = golden.number("beta");
        float[][] logProbs = golden.rows("new_logprobs");
        float[][] reference = golden.rows("ref_logprobs");
        TokenMask mask = golden.mask("mask");
        PolicyExperience experience = new PolicyExperience(
                golden.rowsOr("old_logprobs", logProbs), spread(golden.row("advantages"), mask), reference, mask);
        PpoEvaluation evaluation = new PpoObjective(loss, new EntropyBonus(0), new KlLoss(KlEstimator.K3, beta))
                .evaluate(logProbs, mask.zeros(), experience, aggregation.normalizers(mask));
        golden.expect("loss", evaluation.loss());
        golden.expect("grad_new_logprobs", evaluation.logProbDerivatives());
        Map<String, Double> metrics = new TreeMap<>(clipRatios(loss, logProbs, experience));
        metrics.put("clip_ratio/region_mean", evaluation.diagnostics().clipFraction());
        if (beta > 0) {
            metrics.put(
                    "kl",
                    new KlLoss(KlEstimator.K3, 1)
                            .evaluate(logProbs, reference, mask, mask.count())
                            .loss());
        }
        golden.expect("metrics", metrics);
    }

    private static Aggregation aggregation(String lossType, int length) {
        return switch (lossType) {
            case "grpo" -> new Aggregation.SequenceMean();
            case "bnpo" -> TOKEN_MEAN;
            case "dr_grpo" -> new Aggregation.FixedLength(length);
            default -> throw new IllegalArgumentException("unknown loss_type " + lossType);
        };
    }

    /** Shares of tokens clipped below and above; of a single process, so that mean, least and largest are one. */
    private static Map<String, Double> clipRatios(
            ClippedPolicyLoss loss, float[][] logProbs, PolicyExperience experience) {
        TokenMask mask = experience.mask();
        float[][] clipped = PolicyCase.perToken(
                loss, logProbs, experience, token -> token.diagnostics().clipFraction());
        double low = 0;
        double high = 0;
        for (int row = 0; row < mask.rows(); row++) {
            for (int token = 0; token < mask.length(row); token++) {
                if (mask.includes(row, token)) {
                    low += experience.advantages()[row][token] < 0 ? clipped[row][token] : 0;
                    high += experience.advantages()[row][token] > 0 ? clipped[row][token] : 0;
                }
            }
        }
        double lowShare = low / mask.count();
        double highShare = high / mask.count();
        return Map.of(
                "clip_ratio/low_mean", lowShare,
                "clip_ratio/low_min", lowShare,
                "clip_ratio/high_mean", highShare,
                "clip_ratio/high_max", highShare);
    }

    private static void gspo(GoldenCase golden) {
        SequenceRatioLoss loss = new SequenceRatioLoss(
                new ClippedPolicyLoss(golden.number("clip_low"), golden.number("clip_high"), Double.POSITIVE_INFINITY));
        float[][] logProbs = golden.rows("new_logprobs");
        TokenMask mask = golden.mask("mask");
        PolicyExperience experience =
                new PolicyExperience(golden.rows("old_logprobs"), spread(golden.row("advantages"), mask), mask);
        PpoEvaluation evaluation = PolicyCase.evaluate(loss, logProbs, experience, new Aggregation.SequenceMean());
        golden.expect("loss", evaluation.loss());
        golden.expect("grad_new_logprobs", evaluation.logProbDerivatives());
        golden.expect(
                "sequence_ratio",
                Arrays.stream(loss.ratios(logProbs, experience))
                        .mapToDouble(row -> row[0])
                        .toArray());
        golden.expect(
                "clipfrac",
                IntStream.range(0, mask.rows())
                        .mapToDouble(row -> PolicyCase.evaluate(
                                        loss, new float[][] {logProbs[row]}, experience.select(row), TOKEN_MEAN)
                                .diagnostics()
                                .clipFraction())
                        .average()
                        .orElseThrow());
    }

    private static void tis(GoldenCase golden) {
        ClippedPolicyLoss loss =
                new ClippedPolicyLoss(golden.number("clip_low"), golden.number("clip_high"), Double.POSITIVE_INFINITY);
        PolicyExperience plain = PolicyCase.experience(golden);
        TokenMask mask = plain.mask();
        BehaviourWeights weights = BehaviourWeights.of(
                plain.oldLogProbs(),
                golden.rows("rollout_logprobs"),
                mask,
                golden.number("cap"),
                Double.POSITIVE_INFINITY);
        golden.expect("weights", weights.weights(), mask);
        golden.expect("capped_fraction", weights.truncatedShare());
        assertThat(weights.rejectedShare()).isZero();
        PolicyCase.expectAggregations(
                golden,
                loss,
                golden.rows("new_logprobs"),
                new PolicyExperience(plain.oldLogProbs(), weights.times(plain.advantages()), mask));
    }

    private static void decoupled(GoldenCase golden) {
        float[][] proximal = golden.rows("proximal_logprobs");
        TokenMask mask = golden.mask("mask");
        BehaviourWeights weights = BehaviourWeights.of(
                proximal,
                golden.rows("behaviour_logprobs"),
                mask,
                Double.POSITIVE_INFINITY,
                golden.numberOr("behaviour_weight_cap", Double.POSITIVE_INFINITY));
        golden.expect("behaviour_weights", weights.weights(), mask);
        golden.expect("mask_used", numbers(weights.mask()));
        PpoEvaluation evaluation = PolicyCase.evaluate(
                ClippedPolicyLoss.symmetric(golden.number("clip")),
                golden.rows("new_logprobs"),
                new PolicyExperience(proximal, weights.times(golden.rows("advantages")), weights.mask()),
                TOKEN_MEAN);
        golden.expect("loss", evaluation.loss());
        golden.expect("grad_new_logprobs", evaluation.logProbDerivatives());
        golden.expect("clipfrac", evaluation.diagnostics().clipFraction());
    }

    private static int[][] numbers(TokenMask mask) {
        int[][] numbers = new int[mask.rows()][];
        for (int row = 0; row < numbers.length; row++) {
            int[] entries = new int[mask.length(row)];
            for (int token = 0; token < entries.length; token++) {
                entries[token] = mask.includes(row, token) ? 1 : 0;
            }
            numbers[row] = entries;
        }
        return numbers;
    }

    /** An answer's advantage on each of its tokens. */
    private static float[][] spread(float[] advantages, TokenMask mask) {
        float[][] spread = mask.zeros();
        for (int row = 0; row < spread.length; row++) {
            Arrays.fill(spread[row], advantages[row]);
        }
        return spread;
    }
}
