package dev.plumbline.policy.log;

import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.Offer;
import dev.plumbline.exchange.Origin;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.exchange.RepeatFilter;
import dev.plumbline.exchange.Reply;
import dev.plumbline.exchange.Responder;
import dev.plumbline.policy.engine.AnswerJob;
import dev.plumbline.policy.engine.Answering;
import dev.plumbline.policy.request.AnswerMeasurement;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.RecordError;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.NotNow;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** Turns prompts of a topic into jobs of the engine, as its desk says. */
final class PromptResponder implements Responder<Prompt, Rollout> {
    static final String SERVICE = "policy-service";
    private static final int REMEMBERED = 10_000;

    private final PromptDesk desk;
    private final Answering answering;
    private final LongSupplier nanoTime;
    private final RepeatFilter repeats = new RepeatFilter(REMEMBERED);
    private final Map<RecordIdentity, AnswerJob> jobs = new ConcurrentHashMap<>();

    PromptResponder(PromptDesk desk, Answering answering, LongSupplier nanoTime) {
        this.desk = desk;
        this.answering = answering;
        this.nanoTime = nanoTime;
    }

    @Override
    public Offer offer(Incoming<Prompt> record, Reply<Rollout> reply) {
        if (repeats.isRepeat(record.identity())) {
            return Offer.passed();
        }
        try {
            Optional<Assignment> assignment = desk.assign(record);
            if (assignment.isEmpty()) {
                return Offer.passed();
            }
            submit(record, assignment.get(), reply);
        } catch (NotNow e) {
            return Offer.notNow(e.message(), e.retryAfter().orElseThrow());
        } catch (CallerFault e) {
            reply.reject(Rollouts.error(e));
        }
        return Offer.accepted();
    }

    private void submit(Incoming<Prompt> record, Assignment assignment, Reply<Rollout> reply) {
        RolloutAnswer answer = new RolloutAnswer(
                record,
                assignment,
                reply,
                new AnswerMeasurement(answering.meters(), nanoTime),
                () -> jobs.remove(record.identity()));
        AnswerJob job = new AnswerJob(assignment.lease(), assignment.plan(), answer);
        jobs.put(record.identity(), job);
        try {
            answering.room().submit(job);
        } catch (NotNow e) {
            jobs.remove(record.identity());
            assignment.lease().close();
            throw e;
        }
    }

    @Override
    public Rollout errorRecord(Origin origin, Optional<Prompt> message, RecordError error) {
        answering.meters().house().deadLetter(error.getReason());
        Prompt prompt =
                message.orElseGet(() -> Prompt.newBuilder().setId(origin.key()).build());
        Rollout.Builder rollout = Rollouts.begin(origin, prompt).setError(error);
        desk.membership(origin.identity(), prompt).ifPresent(membership -> Rollouts.admit(rollout, membership));
        return rollout.build();
    }

    @Override
    public void acknowledged(Incoming<Prompt> record) {
        repeats.answered(record.identity());
    }

    @Override
    public void dropped(Incoming<Prompt> record) {
        Optional.ofNullable(jobs.remove(record.identity())).ifPresent(answering.room()::cancel);
    }
}
