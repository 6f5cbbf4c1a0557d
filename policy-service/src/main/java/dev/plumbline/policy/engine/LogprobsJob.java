package dev.plumbline.policy.engine;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.GeneratedToken;
import dev.plumbline.lm.generate.GenerationListener;
import dev.plumbline.lm.generate.GivenLogProbs;
import dev.plumbline.policy.model.Engine;
import dev.plumbline.policy.model.LoadedModel;
import dev.plumbline.policy.model.ModelLease;
import dev.plumbline.policy.request.Turn;
import dev.plumbline.serving.error.NotNow;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;

/**
 * Log-probabilities of given responses, by teacher forcing. The engine reads them as it reads prompts, in the steps that give
 * running answers their tokens.
 */
public final class LogprobsJob extends Job {
    /**
     * Tokens of the sequences that have a slot at once, or one longer sequence: enough to fill a step. They have half of the
     * slots at most, so that those who come later are not kept waiting for all of them.
     */
    private static final int TOKENS_AT_ONCE = 512;

    /** Where the numbers go; on the engine's thread, exactly one of both. */
    public interface Sink {
        /** Numbers of the responses in the order of their sequences. */
        void finished(List<GivenLogProbs> numbers);

        /** There will be none. */
        void failed(Throwable error);
    }

    private final List<TokenSequence> sequences;
    private final float temperature;
    private final Sink sink;
    /** By the places of sequences that are being read. */
    private final TreeMap<Integer, Engine.Submission> open = new TreeMap<>();
    /** By the places of those that have been read. */
    private final TreeMap<Integer, GivenLogProbs> numbers = new TreeMap<>();

    private int next;

    /** Takes over the lease. */
    public LogprobsJob(ModelLease lease, List<TokenSequence> sequences, float temperature, Turn turn, Sink sink) {
        super(
                lease,
                sequences.stream().mapToLong(sequence -> sequence.ids().length).sum(),
                turn);
        this.sequences = List.copyOf(sequences);
        this.temperature = temperature;
        this.sink = sink;
    }

    @Override
    int slotsHeld() {
        return ended() ? 0 : open.size();
    }

    /** None while as much is being read as may be at once. */
    @Override
    int slotsNeeded() {
        return wantsNext() ? 1 : 0;
    }

    private boolean wantsNext() {
        if (isBegun()) {
            return false;
        }
        boolean fits =
                2 * (open.size() + 1) <= model().facts().slots() && openTokens() + tokens(next) <= TOKENS_AT_ONCE;
        return open.isEmpty() || fits;
    }

    private int openTokens() {
        return open.keySet().stream().mapToInt(this::tokens).sum();
    }

    private int tokens(int place) {
        return sequences.get(place).ids().length;
    }

    /** All of its numbers are of one version. */
    @Override
    boolean moveTo(LoadedModel newer) {
        return false;
    }

    @Override
    boolean caughtUp() {
        return true;
    }

    @Override
    boolean isBegun() {
        return next == sequences.size();
    }

    @Override
    int start(int room) {
        int taken = 0;
        while (taken < room && wantsNext()) {
            try {
                Engine.Submission submission =
                        model().engine().submitGiven(sequences.get(next), temperature, new Reading(next));
                open.put(next, submission);
            } catch (RuntimeException e) {
                fail(e);
                return taken;
            }
            next++;
            taken++;
        }
        return taken;
    }

    private final class Reading implements GenerationListener {
        private final int place;

        private Reading(int place) {
            this.place = place;
        }

        @Override
        public void onGiven(GivenLogProbs read) {
            open.remove(place);
            numbers.put(place, read);
            if (numbers.size() == sequences.size() && end()) {
                sink.finished(List.copyOf(numbers.values()));
            }
        }

        @Override
        public void onToken(int sample, GeneratedToken token, String textDelta) {}

        /** It was cancelled, by what has ended the job. */
        @Override
        public void onSample(GeneratedSample sample) {
            open.remove(place);
            if (open.isEmpty()) {
                release();
            }
        }

        @Override
        public void onFailure(Throwable failure) {
            fail(failure);
        }
    }

    @Override
    void stop(StopCause cause) {
        switch (cause) {
            case CANCELLED, DEADLINE -> {
                end();
                cancelRunning(cause.finishReason());
            }
            case ABORTED ->
                fail(NotNow.unavailable(
                        "SERVER_DRAINING",
                        "this server stopped before it finished; ask another replica",
                        Duration.ZERO));
            case ORDERED ->
                fail(NotNow.aborted("REQUEST_ABORTED", "an operator ended it before it finished; ask again"));
        }
    }

    private void cancelRunning(FinishReason reason) {
        open.values().forEach(submission -> submission.cancel(reason));
    }

    @Override
    void fail(Throwable error) {
        if (end()) {
            cancelRunning(FinishReason.ABORTED);
            sink.failed(error);
        }
    }
}
