package dev.plumbline.policy.request;

import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.PromptLogProbs;
import dev.plumbline.lm.generate.TopLogProbs;
import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.TopLogprobs;
import dev.plumbline.proto.policy.v1.PromptLogprobs;
import java.util.List;

/** Answers in their form on the wire. */
public final class Samples {
    private Samples() {}

    /**
     * A finished answer.
     *
     * @param versions which made which of its tokens
     */
    public static Sample toProto(GeneratedSample sample, List<ModelVersionSpan> versions, long seed) {
        Sample.Builder proto = Sample.newBuilder()
                .setIndex(sample.index())
                .setText(sample.text())
                .setFinishReason(toProto(sample.finishReason()))
                .addAllModelVersions(versions)
                .setSeed(seed);
        for (int token = 0; token < sample.ids().length; token++) {
            proto.addTokenIds(sample.ids()[token])
                    .addLogprobs(sample.logProbs()[token])
                    .addRawLogprobs(sample.rawLogProbs()[token]);
        }
        sample.top().forEach(top -> proto.addTopLogprobs(toProto(top)));
        return proto.build();
    }

    /** The likeliest tokens at one place. */
    public static TopLogprobs toProto(TopLogProbs top) {
        TopLogprobs.Builder proto = TopLogprobs.newBuilder();
        for (int i = 0; i < top.ids().length; i++) {
            proto.addTokenIds(top.ids()[i]).addRawLogprobs(top.rawLogProbs()[i]);
        }
        return proto.build();
    }

    /** A prompt's tokens, with alternatives if there are any. */
    public static PromptLogprobs toProto(PromptLogProbs prompt) {
        PromptLogprobs.Builder proto = PromptLogprobs.newBuilder();
        for (float logProb : prompt.rawLogProbs()) {
            proto.addRawLogprobs(logProb);
        }
        prompt.top().forEach(top -> proto.addTopLogprobs(toProto(top)));
        return proto.build();
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
