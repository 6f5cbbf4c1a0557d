package dev.plumbline.trainer.ranking;

import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.trainer.data.RankedSequences;
import dev.plumbline.trainer.learn.DatasetLearner;
import dev.plumbline.trainer.learn.MicroBatches;
import dev.plumbline.trainer.learn.OptimizerPlan;
import dev.plumbline.trainer.learn.Sequences;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model's passes over ranked lists: one forward pass for each answer, from which all pairs of its list are learnt. The
 * answers of a prompt are computed in one micro-batch, since their losses depend on each other; where they do not fit,
 * their numbers are computed first, and then answer by answer again, each with its derivative.
 */
final class RankedPasses {
    private final TrainableModel model;
    private final AnswerNumber number;
    private final int microBatchTokens;

    RankedPasses(TrainableModel model, AnswerNumber number, int microBatchTokens) {
        this.model = model;
        this.number = number;
        this.microBatchTokens = microBatchTokens;
    }

    /** The loss of one prompt. */
    interface PromptLoss {
        /** From the numbers of its answers to the derivatives of the loss with respect to them. */
        float[] derivatives(RankedSequences prompt, double[] numbers);
    }

    /** Takes what the model says of a prompt. */
    interface PromptNumbers {
        /**
         * The numbers of its answers; not to be modified.
         *
         * @param place of the prompt among all
         */
        void told(int place, RankedSequences prompt, double[] numbers);
    }

    /** Adds the gradients of a loss over these prompts. */
    void learn(List<RankedSequences> prompts, PromptLoss loss) {
        for (int[] group : groups(prompts)) {
            List<RankedSequences> members = Sequences.select(prompts, group);
            if (fits(members)) {
                learnTogether(members, loss);
            } else {
                learnTwice(members.get(0), loss);
            }
        }
    }

    /** Takes the optimizer step over what was learnt of these prompts; figures by their metric's name. */
    Map<String, Double> step(OptimizerPlan optimizer, long step, List<RankedSequences> prompts) {
        double learningRate = optimizer.learningRate(step);
        double norm = model.step(optimizer.adamW(), learningRate);
        long tokens = prompts.stream()
                .mapToLong(prompt -> Sequences.tokens(prompt.answers()))
                .sum();
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put(DatasetLearner.TOKENS, (double) tokens);
        figures.put("lr", learningRate);
        figures.put("gradient_norm/model", norm);
        return figures;
    }

    /**
     * Computes a loss over these prompts without learning from it.
     *
     * @param witness is told of each prompt
     */
    void evaluate(List<RankedSequences> prompts, PromptLoss loss, PromptNumbers witness) {
        for (int[] group : groups(prompts)) {
            List<RankedSequences> members = Sequences.select(prompts, group);
            eachPrompt(members, numbers(answers(members)), (place, prompt, numbers) -> {
                loss.derivatives(prompt, numbers);
                witness.told(group[place], prompt, numbers);
            });
        }
    }

    /** What the model says of each of these answers. */
    double[] numbers(List<TokenSequence> answers) {
        double[] numbers = new double[answers.size()];
        for (int[] group : MicroBatches.pack(Sequences.lengths(answers), microBatchTokens)) {
            double[] computed = number.read(model.evaluate(new MicroBatch(Sequences.select(answers, group), 1)));
            for (int i = 0; i < group.length; i++) {
                numbers[group[i]] = computed[i];
            }
        }
        return numbers;
    }

    private void learnTogether(List<RankedSequences> prompts, PromptLoss loss) {
        model.accumulate(
                new MicroBatch(answers(prompts), 1),
                outputs -> number.derivatives(outputs, derivatives(prompts, number.read(outputs), loss)));
    }

    private void learnTwice(RankedSequences prompt, PromptLoss loss) {
        float[] derivatives = loss.derivatives(prompt, numbers(prompt.answers()));
        for (int[] group : MicroBatches.pack(Sequences.lengths(prompt.answers()), microBatchTokens)) {
            float[] own = new float[group.length];
            for (int i = 0; i < group.length; i++) {
                own[i] = derivatives[group[i]];
            }
            model.accumulate(
                    new MicroBatch(Sequences.select(prompt.answers(), group), 1),
                    outputs -> number.derivatives(outputs, own));
        }
    }

    /** Of the answers of these prompts, one prompt after the other. */
    private static float[] derivatives(List<RankedSequences> prompts, double[] numbers, PromptLoss loss) {
        FloatBuffer derivatives = FloatBuffer.allocate(numbers.length);
        eachPrompt(prompts, numbers, (place, prompt, own) -> derivatives.put(loss.derivatives(prompt, own)));
        return derivatives.array();
    }

    /** Tells each prompt its part of the numbers of all answers, which stand one prompt after the other. */
    private static void eachPrompt(List<RankedSequences> prompts, double[] numbers, PromptNumbers told) {
        int from = 0;
        for (int place = 0; place < prompts.size(); place++) {
            RankedSequences prompt = prompts.get(place);
            int to = from + prompt.answers().size();
            told.told(place, prompt, Arrays.copyOfRange(numbers, from, to));
            from = to;
        }
    }

    private static List<TokenSequence> answers(List<RankedSequences> prompts) {
        return prompts.stream().flatMap(prompt -> prompt.answers().stream()).toList();
    }

    private List<int[]> groups(List<RankedSequences> prompts) {
        return MicroBatches.pack(
                prompts.size(),
                prompt -> prompts.get(prompt).answers().size(),
                prompt -> prompts.get(prompt).longest(),
                microBatchTokens);
    }

    /** Only a prompt that is alone can be larger than the budget. */
    private boolean fits(List<RankedSequences> prompts) {
        return prompts.size() > 1
                || (long) prompts.get(0).answers().size() * prompts.get(0).longest() <= microBatchTokens;
    }
}
