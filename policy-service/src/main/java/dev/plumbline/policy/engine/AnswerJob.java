package dev.plumbline.policy.engine;

import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.GeneratedToken;
import dev.plumbline.lm.generate.GenerationListener;
import dev.plumbline.lm.generate.PromptLogProbs;
import dev.plumbline.policy.model.Engine;
import dev.plumbline.policy.model.ModelLease;
import dev.plumbline.policy.request.AnswerPlan;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.NotNow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Answers to one prompt. More of them than the engine has slots are drawn in parts, with the same random numbers. */
public final class AnswerJob extends Job implements GenerationListener {
    private final AnswerPlan plan;
    private final AnswerSink sink;
    private final List<Engine.Submission> submissions = new ArrayList<>();

    private int wanted;
    private int begun;
    private int finished;

    /** Takes over the lease. */
    public AnswerJob(ModelLease lease, AnswerPlan plan, AnswerSink sink) {
        super(lease, plan.tokens(), plan.turn());
        this.plan = plan;
        this.sink = sink;
        this.wanted = plan.samples();
    }

    @Override
    int slotsHeld() {
        return ended() ? 0 : begun - finished;
    }

    @Override
    int slotsNeeded() {
        return Math.min(
                wanted - begun,
                model().engine()
                        .slotsFor(plan.promptIds().length, plan.stopping().getMaxTokens()));
    }

    @Override
    boolean start() {
        if (begun == 0) {
            sink.begun();
        }
        int part = slotsNeeded();
        submissions.add(model().engine().submit(plan.generation(begun, part), this));
        begun += part;
        return begun == wanted;
    }

    @Override
    void stop(StopCause cause) {
        if (ended()) {
            return;
        }
        switch (cause) {
            case CANCELLED -> {
                end();
                cancelRunning(cause.finishReason());
            }
            case DEADLINE ->
                endWithWhatThereIs(
                        cause,
                        CallerFault.invalid(
                                "DEADLINE_EXCEEDED",
                                "deadline",
                                "its deadline passed before it began: send it again with a later one"));
            case ABORTED ->
                endWithWhatThereIs(
                        cause,
                        NotNow.unavailable(
                                "SERVER_DRAINING",
                                "this server stopped before it began; ask another replica",
                                Duration.ZERO));
        }
    }

    /** @param nothing the error if it has not begun */
    private void endWithWhatThereIs(StopCause cause, RuntimeException nothing) {
        if (begun == 0) {
            fail(nothing);
            return;
        }
        wanted = begun;
        cancelRunning(cause.finishReason());
        finishIfComplete();
    }

    private void cancelRunning(FinishReason reason) {
        submissions.forEach(submission -> submission.cancel(reason));
    }

    private void finishIfComplete() {
        if (finished == wanted && end()) {
            sink.finished();
        }
    }

    @Override
    void fail(Throwable error) {
        if (end()) {
            cancelRunning(FinishReason.ABORTED);
            sink.failed(error);
        }
    }

    @Override
    public void onPrompt(PromptLogProbs prompt) {
        if (!ended()) {
            sink.onPrompt(prompt);
        }
    }

    @Override
    public void onToken(int sample, GeneratedToken token, String textDelta) {
        if (!ended()) {
            sink.onToken(sample, token, textDelta);
        }
    }

    @Override
    public void onSample(GeneratedSample sample) {
        if (ended()) {
            return;
        }
        sink.onSample(sample);
        finished++;
        finishIfComplete();
    }

    @Override
    public void onFailure(Throwable failure) {
        fail(failure);
    }
}
