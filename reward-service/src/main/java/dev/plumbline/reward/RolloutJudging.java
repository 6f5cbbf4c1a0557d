package dev.plumbline.reward;

import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.Offer;
import dev.plumbline.exchange.Origin;
import dev.plumbline.exchange.RecordDeadline;
import dev.plumbline.exchange.Reply;
import dev.plumbline.exchange.Responder;
import dev.plumbline.proto.exchange.v1.Judge;
import dev.plumbline.proto.exchange.v1.Judgement;
import dev.plumbline.proto.exchange.v1.RecordError;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.reward.judge.JudgeEngine;
import dev.plumbline.reward.judge.Outcome;
import dev.plumbline.reward.judge.Verdict;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.NotNow;
import dev.plumbline.serving.error.ServiceException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Turns rollouts into trajectories. A rollout of a run, or an evaluation of one, is judged by the run's contract; others
 * by the default judges, or not at all where there are none.
 */
final class RolloutJudging implements Responder<Rollout, Trajectory> {

    private static final Duration RETRY_AFTER = Duration.ofMillis(200);

    private final HouseView house;
    private final JudgeEngine engine;
    private final Optional<Judging> defaultJudging;
    private final InstantSource clock;

    /** @param clock tells when deadlines have passed */
    RolloutJudging(HouseView house, JudgeEngine engine, Optional<Judging> defaultJudging, InstantSource clock) {
        this.house = house;
        this.engine = engine;
        this.defaultJudging = defaultJudging;
        this.clock = clock;
    }

    @Override
    public Offer offer(Incoming<Rollout> record, Reply<Trajectory> reply) {
        try {
            return take(record, reply);
        } catch (CallerFault e) {
            reply.reject(recordError(e));
            return Offer.accepted();
        }
    }

    private Offer take(Incoming<Rollout> record, Reply<Trajectory> reply) {
        Rollout rollout = record.message();
        String runId = runOf(rollout);
        if (runId.isEmpty()) {
            return defaultJudging.map(judging -> judge(record, judging, reply)).orElseGet(Offer::passed);
        }
        if (house.hasEnded(runId)) {
            return Offer.passed();
        }
        Optional<RunContract> run = house.run(runId);
        if (run.isEmpty()) {
            return Offer.notNow("the contract of run " + runId + " has not arrived yet", RETRY_AFTER);
        }
        return judge(record, Judging.of(run.get()), reply);
    }

    /** The run that admitted a prompt, or the one that an evaluation prompt was sent by. */
    private static String runOf(Rollout rollout) {
        return rollout.getRunId().isEmpty() ? rollout.getPrompt().getRunId() : rollout.getRunId();
    }

    private Offer judge(Incoming<Rollout> record, Judging judging, Reply<Trajectory> reply) {
        Rollout rollout = record.message();
        if (rollout.hasError()) {
            reply.answer(Trajectory.newBuilder()
                    .setRollout(rollout)
                    .setError(rollout.getError())
                    .build());
            return Offer.accepted();
        }
        Optional<Duration> left = left(record);
        if (left.filter(time -> time.isZero() || time.isNegative()).isPresent()) {
            throw late();
        }
        for (ModelVersion model : judging.models()) {
            if (house.model(model).isEmpty()) {
                return Offer.notNow("judge " + model + " has not been published yet", RETRY_AFTER);
            }
        }
        try {
            CompletableFuture<List<Outcome>> judged = engine.submit(judging.request(rollout));
            // The engine leaves out what is complete by then.
            left.ifPresent(time -> judged.orTimeout(TimeUnit.MILLISECONDS.convert(time), TimeUnit.MILLISECONDS));
            // What becomes of it goes into the reply.
            var unused = judged.whenComplete((outcomes, error) -> settle(rollout, judging, outcomes, error, reply));
            return Offer.accepted();
        } catch (NotNow e) {
            return Offer.notNow(e.message(), e.retryAfter().orElse(RETRY_AFTER));
        }
    }

    /** The time until the rollout's deadline; empty without one. */
    private Optional<Duration> left(Incoming<Rollout> record) {
        try {
            return RecordDeadline.of(record).map(deadline -> Duration.between(clock.instant(), deadline));
        } catch (IllegalArgumentException e) {
            throw CallerFault.invalid("INVALID_DEADLINE", RecordDeadline.HEADER, String.valueOf(e.getMessage()));
        }
    }

    private static CallerFault late() {
        return CallerFault.invalid(
                "DEADLINE_EXCEEDED",
                RecordDeadline.HEADER,
                "its deadline passed before it was judged: send the prompt again with a later one");
    }

    private static void settle(
            Rollout rollout,
            Judging judging,
            @Nullable List<Outcome> outcomes,
            @Nullable Throwable error,
            Reply<Trajectory> reply) {
        if (outcomes == null) {
            fail(error instanceof CompletionException e && e.getCause() != null ? e.getCause() : error, reply);
            return;
        }
        // A group with one failed sample is an error as a whole: its baseline would be wrong without it.
        Optional<ServiceException> refused = outcomes.stream()
                .flatMap(outcome -> outcome instanceof Outcome.Refused it ? Stream.of(it.error()) : Stream.empty())
                .findFirst();
        if (refused.isPresent()) {
            fail(refused.get(), reply);
            return;
        }
        Trajectory.Builder trajectory = Trajectory.newBuilder().setRollout(rollout);
        for (int i = 0; i < outcomes.size(); i++) {
            Verdict verdict = ((Outcome.Judged) outcomes.get(i)).verdict();
            trajectory.addJudgements(judgement(rollout.getSamples(i).getIndex(), verdict));
        }
        judging.reference()
                .ifPresent(reference -> trajectory.addJudges(
                        Judge.newBuilder().setRole("reference").setModel(reference.toString())));
        ScoreCalls.judges(judging.reward()).forEach(trajectory::addJudges);
        reply.answer(trajectory.build());
    }

    private static Judgement judgement(int sampleIndex, Verdict verdict) {
        Judgement.Builder judgement = Judgement.newBuilder()
                .setSampleIndex(sampleIndex)
                .addAllComponents(ScoreCalls.components(verdict))
                .setReward(verdict.reward());
        for (float logProb : verdict.referenceLogProbs()) {
            judgement.addReferenceLogprobs(logProb);
        }
        return judgement.build();
    }

    private static void fail(@Nullable Throwable error, Reply<Trajectory> reply) {
        if (error instanceof TimeoutException) {
            reply.reject(recordError(late()));
        } else if (error instanceof CallerFault fault) {
            reply.reject(recordError(fault));
        } else if (error instanceof NotNow) {
            reply.abandon();
        } else {
            reply.defect(error == null ? new IllegalStateException("judged without outcome") : error);
        }
    }

    private static RecordError recordError(ServiceException error) {
        return RecordError.newBuilder()
                .setReason(error.reason())
                .setMessage(error.message())
                .setField(
                        error.violations().isEmpty()
                                ? ""
                                : error.violations().get(0).field())
                .setService(RewardService.NAME)
                .build();
    }

    @Override
    public Trajectory errorRecord(Origin origin, Optional<Rollout> message, RecordError error) {
        // Without its rollout the trajectory still says which prompt it stands for, by its key.
        Rollout.Builder unread = Rollout.newBuilder();
        unread.getPromptBuilder().setId(origin.key());
        return Trajectory.newBuilder()
                .setRollout(message.orElseGet(unread::build))
                .setError(error)
                .build();
    }
}
