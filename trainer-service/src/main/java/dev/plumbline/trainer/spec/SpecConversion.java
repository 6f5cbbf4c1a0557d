package dev.plumbline.trainer.spec;

import dev.plumbline.proto.exchange.v1.RewardComponentSpec.MeasureCase;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.FieldMapping;
import dev.plumbline.proto.trainer.v1.PpoSpec;
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
                        fields.getGroundTruth()),
                data.getPromptPrefix(),
                data.getPromptSuffix());
    }

    /** Whether a component of the reward compares with the right answer. */
    public static boolean needsGroundTruth(PpoSpec spec) {
        return spec.getReward().getComponentsList().stream()
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
