package dev.plumbline.policy.request;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import dev.plumbline.proto.exchange.v1.Sample;

/** Answers in their form on the wire. */
public final class Samples {
    private Samples() {}

    /** A finished answer of one version. */
    public static Sample toProto(GeneratedSample sample, ModelVersion version, long seed) {
        Sample.Builder proto = Sample.newBuilder()
                .setIndex(sample.index())
                .setText(sample.text())
                .setFinishReason(toProto(sample.finishReason()))
                .addModelVersions(span(sample, version))
                .setSeed(seed);
        for (int token = 0; token < sample.ids().length; token++) {
            proto.addTokenIds(sample.ids()[token])
                    .addLogprobs(sample.logProbs()[token])
                    .addRawLogprobs(sample.rawLogProbs()[token]);
        }
        return proto.build();
    }

    /** One version made all of it: a request keeps the version it began with. */
    public static ModelVersionSpan span(GeneratedSample sample, ModelVersion version) {
        return ModelVersionSpan.newBuilder()
                .setModel(version.toString())
                .setFromToken(0)
                .setToToken(sample.ids().length)
                .build();
    }

    /** The same reason by its name on the wire. */
    public static FinishReason toProto(dev.plumbline.lm.generate.FinishReason reason) {
        return switch (reason) {
            case EOS -> FinishReason.FINISH_REASON_EOS;
            case STOP_STRING -> FinishReason.FINISH_REASON_STOP_STRING;
            case STOP_TOKEN -> FinishReason.FINISH_REASON_STOP_TOKEN;
            case LENGTH -> FinishReason.FINISH_REASON_LENGTH;
            case CANCELLED -> FinishReason.FINISH_REASON_CANCELLED;
            case DEADLINE -> FinishReason.FINISH_REASON_DEADLINE;
            case ABORTED -> FinishReason.FINISH_REASON_ABORTED;
        };
    }
}
