package dev.plumbline.trainer.ppo;

import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.OutputDerivatives;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.lm.torch.SideBySide;
import dev.plumbline.rl.batch.Permutation;
import dev.plumbline.rl.loss.PolicyDiagnostics;
import dev.plumbline.rl.loss.PolicyExperience;
import dev.plumbline.rl.loss.PpoEvaluation;
import dev.plumbline.rl.loss.PpoObjective;
import dev.plumbline.trainer.answers.Episode;
import dev.plumbline.trainer.learn.DivergenceCheck;
import dev.plumbline.trainer.learn.MicroBatches;
import dev.plumbline.trainer.learn.Padding;
import dev.plumbline.trainer.learn.Sequences;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Learns from one step's episodes: prepares their experience, then makes one optimizer step of the policy, and of the critic
 * if there is one, for each mini-batch of each pass. What every loss is divided by is of its whole mini-batch, so that
 * micro-batches change speed and memory only.
 */
final class StepLearning implements StepLearner.Lesson {
    private static final float[][] NO_VALUES = {};
    private static final float[] NO_SCORES = {};

    private final PpoSettings settings;
    private final TrainableModel policy;
    private final Optional<PretrainingFeed> pretraining;
    private final List<Episode> episodes;
    private final long step;
    private final double klCoefficient;
    private final PpoObjective objective;
    private final StepExperience experience;
    private final FirstPass firstPass;
    private final Padding padding;
    private final Totals totals = new Totals();
    private long updates;
    private long trained;
    private int pass;
    private int part;
    private int[] order;

    /** @param state before the step */
    StepLearning(
            PpoSettings settings,
            PpoLearners learners,
            Optional<PretrainingFeed> pretraining,
            StepBatch batch,
            PpoState state) {
        this.settings = settings;
        this.policy = learners.policy();
        this.padding = new Padding(policy);
        this.pretraining = pretraining;
        this.episodes = batch.episodes();
        this.step = batch.step();
        this.updates = state.updates();
        this.trained = state.trained();
        this.klCoefficient = state.klCoefficient();
        this.objective = settings.objective(klCoefficient);
        this.experience = StepExperience.prepare(settings, learners, episodes, step, klCoefficient);
        this.firstPass = new FirstPass(step - 1);
        this.order = shuffled();
    }

    /** Sums over the step's updates. */
    private static final class Totals {
        private int updates;
        private double policyLoss;
        private double klLoss;
        private double pretrainingLoss;
        private double policyNorm;
        private double pretrainingNorm;
        private double totalNorm;
        private PolicyDiagnostics policy = PolicyDiagnostics.NONE;
    }

    @Override
    public boolean advance() {
        if (pass == settings.innerEpochs()) {
            return false;
        }
        int parts = parts();
        int[] rows = Arrays.copyOfRange(order, bound(part, parts), bound(part + 1, parts));
        experience
                .critic()
                .ifPresentOrElse(
                        critic -> SideBySide.run(
                                policy.settings(), () -> updatePolicy(rows), () -> critic.update(rows, updates)),
                        () -> updatePolicy(rows));
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
        double[] normalizers =
                settings.aggregation().normalizers(experience.policy().mask().select(rows));
        for (int[] group : MicroBatches.pack(Sequences.lengths(sequences), settings.microBatchTokens())) {
            int[] members = Sequences.select(rows, group);
            PolicyExperience part = experience.policy().select(members);
            MicroBatch microBatch = new MicroBatch(Sequences.select(sequences, group), settings.temperature());
            padding.add(microBatch);
            policy.accumulate(microBatch, outputs -> {
                DivergenceCheck.requireFinite("the policy's log-probabilities", outputs.logProbs());
                if (totals.updates == 0) {
                    firstPass.compare(Sequences.select(episodes, members), outputs.logProbs());
                }
                PpoEvaluation evaluation = objective.evaluate(
                        outputs.logProbs(),
                        outputs.entropies(),
                        part,
                        Arrays.stream(group)
                                .mapToDouble(row -> normalizers[row])
                                .toArray());
                totals.klLoss += evaluation.klLoss();
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
        figures.put("objective/kl_coefficient", klCoefficient);
        figures.put("objective/entropy", sequenceEntropy());
        figures.put("objective/non_score_reward", experience.rewards().meanNonScoreReward());
        figures.put("objective/rlhf_reward", experience.rewards().totals().mean());
        figures.put("objective/scores", experience.rewards().scores().mean());
        figures.put("policy/approxkl_avg", diagnostics.approxKl());
        figures.put("policy/clipfrac_avg", diagnostics.clipFraction());
        figures.put("policy/entropy_avg", diagnostics.entropy().mean());
        figures.put("policy/first_pass_ratio_error", firstPass.ratioError());
        figures.put("loss/policy_avg", totals.policyLoss / count);
        figures.put("val/ratio", diagnostics.ratio().mean());
        figures.put("val/ratio_var", diagnostics.ratio().biasedVariance());
        figures.put("val/num_eos_tokens", (double)
                episodes.stream().filter(Episode::ended).count());
        figures.put("mismatch_kl", firstPass.mismatchKl());
        figures.put("gradient_norm/policy", totals.policyNorm / count);
        experience.critic().ifPresent(critic -> figures.putAll(critic.figures()));
        if (settings.klInLoss()) {
            figures.put("loss/kl_avg", totals.klLoss / count);
        }
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
        figures.put(Padding.WASTE, padding.waste());
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
