package dev.plumbline.trainer.learn;

import dev.plumbline.proto.trainer.v1.EvaluationSample;
import java.util.List;
import java.util.Map;

/**
 * What an evaluation of held-out examples found.
 *
 * @param figures by their metric's name
 * @param samples what people see of it, without the step; empty if the run's samples are of another kind
 */
public record Measurement(Map<String, Double> figures, List<EvaluationSample> samples) {
    /** Nothing is held out. */
    public static final Measurement NONE = new Measurement(Map.of(), List.of());

    public Measurement {
        samples = List.copyOf(samples);
    }

    /** The samples of the evaluation after a step. */
    List<EvaluationSample> samplesAfter(long step) {
        return samples.stream()
                .map(sample -> sample.toBuilder().setStep(step).build())
                .toList();
    }
}
