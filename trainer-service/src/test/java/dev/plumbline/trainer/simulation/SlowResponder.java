package dev.plumbline.trainer.simulation;

import com.google.protobuf.Message;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.Offer;
import dev.plumbline.exchange.RepeatFilter;
import dev.plumbline.exchange.Reply;
import dev.plumbline.exchange.Responder;
import dev.plumbline.proto.exchange.v1.RecordError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Takes its time for every answer, and sometimes fails or gives the record back. */
abstract class SlowResponder<I extends Message, O extends Message> implements Responder<I, O> {
    private static final int LONGEST = 40;

    private final VirtualTime time;
    private final Chance chance;
    private final RepeatFilter repeats = new RepeatFilter(16);
    private final List<Work<I, O>> inHand = new ArrayList<>();

    private record Work<I extends Message, O extends Message>(
            Incoming<I> record, Reply<O> reply, Supplier<O> answer, long due) {}

    SlowResponder(VirtualTime time, Chance chance) {
        this.time = time;
        this.chance = chance;
    }

    /** What is to be done with a record. */
    sealed interface Plan<O> {
        /** Answered with what is made up in the end. */
        record Answer<O>(Supplier<O> answer) implements Plan<O> {}

        /** Refused. */
        record Refusal<O>(RecordError error) implements Plan<O> {}

        /** Nothing, now or ever. */
        record Other<O>(Offer offer) implements Plan<O> {}
    }

    abstract Plan<O> plan(Incoming<I> record);

    Chance chance() {
        return chance;
    }

    static <O> Plan<O> later(String reason) {
        return new Plan.Other<>(Offer.notNow(reason, Duration.ofMillis(10)));
    }

    @Override
    public Offer offer(Incoming<I> record, Reply<O> reply) {
        if (repeats.isRepeat(record.identity())) {
            return Offer.passed();
        }
        Plan<O> plan = plan(record);
        if (plan instanceof Plan.Answer<O> answer) {
            inHand.add(new Work<>(record, reply, answer.answer(), time.now() + chance.below(LONGEST)));
            return Offer.accepted();
        }
        if (plan instanceof Plan.Refusal<O> refusal) {
            reply.reject(refusal.error());
            return Offer.accepted();
        }
        return ((Plan.Other<O>) plan).offer();
    }

    @Override
    public void acknowledged(Incoming<I> record) {
        repeats.answered(record.identity());
    }

    @Override
    public void dropped(Incoming<I> record) {
        // An engine may have finished an answer before it hears that nobody waits for it.
        if (chance.happens(0.5)) {
            inHand.removeIf(work -> work.record().identity().equals(record.identity()));
        }
    }

    /** Finishes what is due. */
    void poll() {
        for (Work<I, O> work : List.copyOf(inHand)) {
            if (work.due() <= time.now()) {
                inHand.remove(work);
                finish(work);
            }
        }
    }

    private void finish(Work<I, O> work) {
        if (chance.fault(0.02)) {
            work.reply().defect(new IllegalStateException("a defect of the simulation"));
        } else if (chance.fault(0.02)) {
            work.reply().abandon();
        } else {
            work.reply().answer(work.answer().get());
        }
    }

    /** The error of a record that is known to be refused. */
    static Optional<RecordError> poison(String id) {
        return Math.floorMod(id.hashCode(), 11) == 3
                ? Optional.of(RecordError.newBuilder()
                        .setReason("CONTEXT_TOO_LONG")
                        .setMessage(id + " is too long for this simulation")
                        .build())
                : Optional.empty();
    }
}
