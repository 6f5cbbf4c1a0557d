package dev.plumbline.trainer.spec;

import dev.plumbline.lm.Learned;
import dev.plumbline.lm.decoder.GradientForm;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec.MeasureCase;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.Dtype;
import dev.plumbline.proto.trainer.v1.FieldMapping;
import dev.plumbline.proto.trainer.v1.Lora;
import dev.plumbline.trainer.data.DataSettings;
import dev.plumbline.trainer.data.FieldNames;
import dev.plumbline.trainer.data.TooLong;
import java.util.Optional;

/** From the messages of a complete spec to the settings of the rooms behind it. */
public final class SpecConversion {
    private SpecConversion() {}

    public static DataSettings data(Data data) {
        FieldMapping fields = data.getFields();
        return new DataSettings(
                data.getPath(),
                data.getEvalPath().isEmpty() ? Optional.empty() : Optional.of(data.getEvalPath()),
                data.getEvalFraction(),
                data.getMaxLength(),
                tooLong(data.getTooLong()),
                data.hasLimit() ? data.getLimit() : Integer.MAX_VALUE,
                data.getMaxBadLines(),
                new FieldNames(
                        fields.getPrompt(),
                        fields.getCompletion(),
                        fields.getMessages(),
                        fields.getText(),
                        fields.getChosen(),
                        fields.getRejected(),
                        fields.getCompletions(),
                        fields.getRanks(),
                        fields.getGroundTruth(),
                        fields.getSource()),
                data.getPromptPrefix(),
                data.getPromptSuffix());
    }

    /** What learns of a model: adapters if the spec sets some, else everything. */
    public static Learned learned(boolean adapted, Lora lora, long seed) {
        return adapted
                ? new Learned.Adapters(
                        new dev.plumbline.lm.architecture.Lora(
                                lora.getRank(), lora.getAlpha(), lora.getTargetModulesList()),
                        seed)
                : new Learned.Everything();
    }

    /** How a run computes gradients. */
    public static GradientForm gradients(Course course) {
        return gradients(course, 0);
    }

    /** How a run computes them that learns with dropout, if it is above 0. */
    public static GradientForm gradients(Course course, double dropout) {
        return new GradientForm(course.getGradientCheckpointing(), course.getDtype() == Dtype.DTYPE_BFLOAT16, dropout);
    }

    /** Whether a component of a reward compares with the right answer. */
    public static boolean needsGroundTruth(RewardSpec reward) {
        return reward.getComponentsList().stream()
                .anyMatch(component -> component.getMeasureCase() == MeasureCase.EXACT_MATCH
                        || component.getMeasureCase() == MeasureCase.NUMERIC_ANSWER);
    }

    private static TooLong tooLong(dev.plumbline.proto.trainer.v1.TooLong tooLong) {
        return switch (tooLong) {
            case TOO_LONG_FAIL -> TooLong.FAIL;
            case TOO_LONG_DROP -> TooLong.DROP;
            case TOO_LONG_TRUNCATE_LEFT -> TooLong.TRUNCATE_LEFT;
            case TOO_LONG_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalArgumentException("too_long must be set in a complete spec, got " + tooLong);
        };
    }
}
