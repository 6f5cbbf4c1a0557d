package dev.plumbline.trainer.ppo;

import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.OutputDerivatives;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.rl.batch.Permutation;
import dev.plumbline.rl.loss.PolicyDiagnostics;
import dev.plumbline.rl.loss.PolicyExperience;
import dev.plumbline.rl.loss.PpoEvaluation;
import dev.plumbline.rl.loss.ValueDiagnostics;
import dev.plumbline.rl.loss.ValueEvaluation;
import dev.plumbline.rl.loss.ValueTargets;
import dev.plumbline.trainer.learn.DivergenceCheck;
import dev.plumbline.trainer.learn.MicroBatches;
import dev.plumbline.trainer.learn.Sequences;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Learns from one step's episodes: prepares their experience, then makes one optimizer step of policy and critic for each
 * mini-batch of each pass. Every loss is divided by the tokens of its whole mini-batch, so that micro-batches change speed
 * and memory only.
 */
final class StepLearning implements StepLearner.Lesson {
    private static final float[][] NO_VALUES = {};
    private static final float[] NO_SCORES = {};

    private final PpoSettings settings;
    private final TrainableModel policy;
    private final TrainableModel critic;
    private final Optional<PretrainingFeed> pretraining;
    private final List<Episode> episodes;
    private final long step;
    private final StepExperience experience;
    private final FirstPass firstPass;
    private final Totals totals = new Totals();
    private long updates;
    private long trained;
    private int pass;
    private int part;
    private int[] order;

    /**
     * @param episodes in an order that does not depend on when they arrived
     * @param step from 1
     * @param klCoefficient β of the step
     * @param updates optimizer steps before this step
     * @param trained episodes learnt from before this step, each pass counted
     */
    StepLearning(
            PpoSettings settings,
            TrainableModel policy,
            TrainableModel critic,
            Optional<PretrainingFeed> pretraining,
            List<Episode> episodes,
            long step,
            double klCoefficient,
            long updates,
            long trained) {
        this.settings = settings;
        this.policy = policy;
        this.critic = critic;
        this.pretraining = pretraining;
        this.episodes = episodes;
        this.step = step;
        this.updates = updates;
        this.trained = trained;
        this.experience = StepExperience.prepare(settings, policy, critic, episodes, step, klCoefficient);
        this.firstPass = new FirstPass(step - 1);
        this.order = shuffled();
    }

    /** Sums over the step's updates. */
    private static final class Totals {
        private int updates;
        private double policyLoss;
        private double valueLoss;
        private double pretrainingLoss;
        private double policyNorm;
        private double pretrainingNorm;
        private double totalNorm;
        private double criticNorm;
        private PolicyDiagnostics policy = PolicyDiagnostics.NONE;
        private ValueDiagnostics value = ValueDiagnostics.NONE;
    }

    @Override
    public boolean advance() {
        if (pass == settings.innerEpochs()) {
            return false;
        }
        int parts = parts();
        int[] rows = Arrays.copyOfRange(order, bound(part, parts), bound(part + 1, parts));
        updatePolicy(rows);
        updateCritic(rows);
        updates++;
        totals.updates++;
        trained += rows.length;
        part++;
        if (part == parts) {
            part = 0;
            pass++;
            order = shuffled();
        }
        return true;
    }

    private int parts() {
        return Math.min(settings.minibatches(), episodes.size());
    }

    /** Parts differ by at most one episode. */
    private int bound(int number, int parts) {
        return (int) ((long) number * episodes.size() / parts);
    }

    private int[] shuffled() {
        return Permutation.of(episodes.size(), settings.seed(), step, pass);
    }

    private void updatePolicy(int[] rows) {
        List<TokenSequence> sequences = Sequences.select(experience.sequences(), rows);
        // Where every token was left out there is no gradient, and nothing to divide by.
        double tokens = Math.max(1, experience.policy().mask().select(rows).count());
        for (int[] group : MicroBatches.pack(Sequences.lengths(sequences), settings.microBatchTokens())) {
            int[] members = members(rows, group);
            PolicyExperience part = experience.policy().select(members);
            policy.accumulate(new MicroBatch(Sequences.select(sequences, group), settings.temperature()), outputs -> {
                DivergenceCheck.requireFinite("the policy's log-probabilities", outputs.logProbs());
                if (totals.updates == 0) {
                    firstPass.compare(Sequences.select(episodes, members), outputs.logProbs());
                }
                PpoEvaluation evaluation =
                        settings.objective().evaluate(outputs.logProbs(), outputs.entropies(), part, tokens);
                totals.policyLoss += evaluation.policyLoss();
                totals.policy = totals.policy.plus(evaluation.diagnostics());
                return new OutputDerivatives(
                        evaluation.logProbDerivatives(), evaluation.entropyDerivatives(), NO_VALUES, NO_SCORES);
            });
        }
        totals.policyNorm += policy.gradientNorm();
        if (pretraining.isPresent()) {
            totals.pretrainingNorm += policy.normOfAdded(() ->
                    totals.pretrainingLoss += pretraining.get().accumulate(policy, trained, trained + rows.length));
        }
        totals.totalNorm += policy.step(
                settings.policyOptimizer().adamW(), settings.policyOptimizer().learningRate(updates));
    }

    private void updateCritic(int[] rows) {
        List<TokenSequence> sequences = Sequences.select(experience.sequences(), rows);
        double tokens = experience.value().mask().select(rows).count();
        for (int[] group : MicroBatches.pack(Sequences.lengths(sequences), settings.microBatchTokens())) {
            ValueTargets part = experience.value().select(members(rows, group));
            critic.accumulate(new MicroBatch(Sequences.select(sequences, group), 1), outputs -> {
                DivergenceCheck.requireFinite("the critic's values", outputs.values());
                ValueEvaluation evaluation = settings.valueLoss().evaluate(outputs.values(), part, tokens);
                totals.valueLoss += evaluation.loss();
                totals.value = totals.value.plus(evaluation.diagnostics());
                return OutputDerivatives.ofValues(evaluation.derivatives());
            });
        }
        totals.criticNorm += critic.step(
                settings.criticOptimizer().adamW(), settings.criticOptimizer().learningRate(updates));
    }

    private static int[] members(int[] rows, int[] group) {
        return Arrays.stream(group).map(index -> rows[index]).toArray();
    }

    @Override
    public long updates() {
        return updates;
    }

    @Override
    public long trained() {
        return trained;
    }

    @Override
    public double kl() {
        return experience.rewards().kl().mean();
    }

    @Override
    public Map<String, Double> figures() {
        int count = totals.updates;
        PolicyDiagnostics diagnostics = totals.policy;
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("objective/kl", kl());
        figures.put("objective/kl_coefficient", experience.rewards().coefficient());
        figures.put("objective/entropy", sequenceEntropy());
        figures.put("objective/non_score_reward", experience.rewards().meanNonScoreReward());
        figures.put("objective/rlhf_reward", experience.rewards().totals().mean());
        figures.put("objective/scores", experience.rewards().scores().mean());
        figures.put("policy/approxkl_avg", diagnostics.approxKl());
        figures.put("policy/clipfrac_avg", diagnostics.clipFraction());
        figures.put("policy/entropy_avg", diagnostics.entropy().mean());
        figures.put("policy/first_pass_ratio_error", firstPass.ratioError());
        figures.put("loss/policy_avg", totals.policyLoss / count);
        figures.put("loss/value_avg", totals.valueLoss / count);
        figures.put("val/clipfrac_avg", totals.value.clipFraction());
        figures.put("val/ratio", diagnostics.ratio().mean());
        figures.put("val/ratio_var", diagnostics.ratio().biasedVariance());
        figures.put("val/num_eos_tokens", (double)
                episodes.stream().filter(Episode::ended).count());
        figures.put("mismatch_kl", firstPass.mismatchKl());
        figures.put("gradient_norm/policy", totals.policyNorm / count);
        figures.put("gradient_norm/critic", totals.criticNorm / count);
        if (pretraining.isPresent()) {
            figures.put("loss/ptx_avg", totals.pretrainingLoss / count);
            figures.put("gradient_norm/ptx", totals.pretrainingNorm / count);
            figures.put("gradient_norm/total", totals.totalNorm / count);
        }
        if (settings.recomputes()) {
            figures.put("behaviour/truncated", experience.behaviour().truncatedShare());
            figures.put("behaviour/rejected", experience.behaviour().rejectedShare());
        }
        figures.put("lr", settings.policyOptimizer().learningRate(updates - 1));
        figures.put("episode", (double) trained / settings.innerEpochs());
        return figures;
    }

    /** Mean over sequences of −Σ log π_old, nats: an estimate of the entropy of whole answers. */
    private double sequenceEntropy() {
        double sum = 0;
        for (float[] row : experience.policy().oldLogProbs()) {
            for (float logProb : row) {
                sum -= logProb;
            }
        }
        return sum / episodes.size();
    }
}
