package dev.plumbline.trainer.ranking;

import dev.plumbline.lm.OutputDerivatives;
import dev.plumbline.lm.Outputs;
import dev.plumbline.trainer.learn.DivergenceCheck;
import java.util.Arrays;

/** The one number that a model says of an answer, by which answers are compared. */
enum AnswerNumber {
    /** The score at the answer's last token. */
    SCORE {
        @Override
        double[] read(Outputs outputs) {
            float[] scores = DivergenceCheck.requireFinite("the model's scores", outputs.scores());
            double[] numbers = new double[scores.length];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = scores[i];
            }
            return numbers;
        }

        @Override
        OutputDerivatives derivatives(Outputs outputs, float[] derivatives) {
            return OutputDerivatives.ofScores(derivatives);
        }
    },
    /** The sum of its tokens' log-probabilities, in nats. */
    LOG_PROBABILITY {
        @Override
        double[] read(Outputs outputs) {
            float[][] logProbs = DivergenceCheck.requireFinite("the model's log-probabilities", outputs.logProbs());
            double[] numbers = new double[logProbs.length];
            for (int i = 0; i < numbers.length; i++) {
                for (float logProb : logProbs[i]) {
                    numbers[i] += logProb;
                }
            }
            return numbers;
        }

        @Override
        OutputDerivatives derivatives(Outputs outputs, float[] derivatives) {
            float[][] perToken = new float[derivatives.length][];
            for (int i = 0; i < perToken.length; i++) {
                perToken[i] = new float[outputs.logProbs()[i].length];
                Arrays.fill(perToken[i], derivatives[i]);
            }
            return OutputDerivatives.ofLogProbs(perToken);
        }
    };

    /** One per sequence; ends the run if it is no finite number any more. */
    abstract double[] read(Outputs outputs);

    /** From derivatives of the numbers to those of the outputs that they were read from. */
    abstract OutputDerivatives derivatives(Outputs outputs, float[] derivatives);
}
