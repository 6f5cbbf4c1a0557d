package dev.plumbline.policy.log;

import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.Reply;
import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.GeneratedToken;
import dev.plumbline.policy.engine.AnswerSink;
import dev.plumbline.policy.request.AnswerMeasurement;
import dev.plumbline.policy.request.Samples;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.NotNow;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Collects the answers to a prompt from the log into one record. A prompt that is not finished yields none, unless its
 * time is over.
 */
final class RolloutAnswer implements AnswerSink {
    private final Incoming<Prompt> record;
    private final Assignment assignment;
    private final Reply<Rollout> reply;
    private final AnswerMeasurement measured;
    private final Runnable onEnd;
    private final @Nullable Sample[] samples;
    private boolean interrupted;

    /** @param onEnd called once, whatever the end */
    RolloutAnswer(
            Incoming<Prompt> record,
            Assignment assignment,
            Reply<Rollout> reply,
            AnswerMeasurement measured,
            Runnable onEnd) {
        this.record = record;
        this.assignment = assignment;
        this.reply = reply;
        this.measured = measured;
        this.onEnd = onEnd;
        samples = new Sample[assignment.plan().samples()];
    }

    @Override
    public void begun() {
        measured.begin();
    }

    @Override
    public void onToken(int sample, GeneratedToken token, String textDelta) {
        measured.token();
    }

    @Override
    public void onSample(GeneratedSample sample, List<ModelVersionSpan> versions) {
        measured.ended(sample);
        FinishReason reason = sample.finishReason();
        interrupted |= reason.interrupted() && reason != FinishReason.DEADLINE;
        samples[sample.index()] =
                Samples.toProto(sample, versions, assignment.plan().seed());
    }

    @Override
    public void finished(ModelVersion version) {
        onEnd.run();
        measured.ended(assignment.plan());
        if (interrupted) {
            reply.abandon();
            return;
        }
        Rollout.Builder rollout = Rollouts.begin(record.origin(), record.message())
                .addAllPromptTokenIds(
                        Arrays.stream(assignment.plan().promptIds()).boxed().toList())
                .setSampling(assignment.plan().sampling())
                .setStopping(assignment.plan().stopping())
                .addAllSamples(Arrays.stream(samples).filter(Objects::nonNull).toList());
        assignment.membership().ifPresent(membership -> Rollouts.admit(rollout, membership));
        reply.answer(rollout.build());
    }

    @Override
    public void failed(Throwable error) {
        onEnd.run();
        if (error instanceof NotNow) {
            reply.abandon();
        } else if (error instanceof CallerFault fault) {
            reply.reject(Rollouts.error(fault));
        } else {
            reply.defect(error);
        }
    }
}
