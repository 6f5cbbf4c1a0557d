package dev.plumbline.policy.engine;

import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.GeneratedToken;
import dev.plumbline.lm.generate.GenerationListener;
import dev.plumbline.lm.generate.PromptLogProbs;
import dev.plumbline.policy.model.Engine;
import dev.plumbline.policy.model.LoadedModel;
import dev.plumbline.policy.model.ModelLease;
import dev.plumbline.policy.request.AnswerPlan;
import dev.plumbline.policy.request.Authors;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.NotNow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Answers to one prompt. Those that find no free slot begin in a later part, with the same random numbers. */
public final class AnswerJob extends Job implements GenerationListener {
    /**
     * Of all slots, one in so many is room enough to begin. The samples of a part share the reading of the prompt, so that a
     * request of few waits until there is room for them all; slots that wait for one of many are idle.
     */
    private static final int PARTS = 4;

    private final AnswerPlan plan;
    private final AnswerSink sink;
    private final List<Engine.Submission> submissions = new ArrayList<>();

    private final Authors authors;
    /** Answers that have begun and not ended. */
    private final BitSet open = new BitSet();
    /** Those that have no token of the version that the job has moved to. */
    private final BitSet behind = new BitSet();

    private int wanted;
    private int begun;

    /** Takes over the lease. */
    public AnswerJob(ModelLease lease, AnswerPlan plan, AnswerSink sink) {
        super(lease, plan.tokens(), plan.turn());
        this.plan = plan;
        this.sink = sink;
        this.wanted = plan.samples();
        this.authors = new Authors(plan.samples(), lease.version());
    }

    @Override
    int slotsHeld() {
        return ended() ? 0 : open.cardinality();
    }

    @Override
    int slotsNeeded() {
        return Math.min(mostNext(), Math.max(1, model().facts().slots() / PARTS));
    }

    /** Samples of the next part, if there is room for them all. */
    private int mostNext() {
        return Math.min(
                wanted - begun,
                model().engine()
                        .slotsFor(plan.promptIds().length, plan.stopping().getMaxTokens()));
    }

    @Override
    boolean moveTo(LoadedModel newer) {
        if (!model().engine().handOver(submissions, newer.engine())) {
            return false;
        }
        authors.goOn(newer.version());
        behind.or(open);
        return true;
    }

    @Override
    boolean caughtUp() {
        return ended() || behind.isEmpty();
    }

    @Override
    int start(int room) {
        if (begun == 0) {
            sink.begun();
        }
        int part = Math.min(mostNext(), room);
        submissions.add(model().engine().submit(plan.generation(begun, part), this));
        open.set(begun, begun + part);
        begun += part;
        return part;
    }

    @Override
    boolean isBegun() {
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
            case ORDERED ->
                endWithWhatThereIs(
                        cause, NotNow.aborted("REQUEST_ABORTED", "an operator ended it before it began; ask again"));
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
        if (isBegun() && open.isEmpty() && end()) {
            sink.finished(authors.last());
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
    public boolean readsAlong() {
        return sink.readsAlong();
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
            authors.token(sample);
            behind.clear(sample);
            sink.onToken(sample, token, textDelta);
        }
    }

    @Override
    public void onSample(GeneratedSample sample) {
        open.clear(sample.index());
        behind.clear(sample.index());
        if (open.isEmpty()) {
            release();
        }
        if (ended()) {
            return;
        }
        sink.onSample(sample, authors.spans(sample.index()));
        finishIfComplete();
    }

    @Override
    public void onFailure(Throwable failure) {
        fail(failure);
    }
}
