package dev.plumbline.exchange;

import com.google.protobuf.Message;
import dev.plumbline.proto.exchange.v1.RecordError;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Consumes records, has them answered, writes the answers and commits what is done: every record gets an answer, an
 * error record or another owner. None is lost; some may be answered twice.
 *
 * <p>Committed is, per partition, everything before the first record whose answer the broker has not acknowledged.
 * Answers come from any thread and in any order; all other work is done by {@link #poll}, which one thread calls again
 * and again. Nothing that Kafka refuses for now ends the loop: it waits and tries again.
 */
public final class ExchangeLoop<I extends Message, O extends Message> implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ExchangeLoop.class);

    /** While records are open, an answer waits at most so long until it is written. */
    private static final Duration BUSY = Duration.ofMillis(5);

    private static final Duration AGAIN_AFTER = Duration.ofMillis(500);
    private static final int ATTEMPTS = 2;

    private final LoopSettings settings;
    private final Responder<I, O> responder;
    private final InstantSource clock;
    private final Letters<O> letters;
    private final Group<I> group;
    private final Outbox<Letter<I>> outbox;
    private final Queue<Runnable> news = new ConcurrentLinkedQueue<>();
    private final Suspects<I> suspects = new Suspects<>();
    private final Tally tally = new Tally();
    private int inHand;
    private boolean closing;
    private volatile LoopStatus.Mode mode = LoopStatus.Mode.RUNNING;
    private volatile LoopStatus status = new LoopStatus(mode, List.of(), 0, 0, tally.counts(), "");

    /** Joins the group at the first poll. The topics must exist. */
    public ExchangeLoop(
            Topics topics, Route<I, O> route, LoopSettings settings, Responder<I, O> responder, InstantSource clock) {
        this.settings = settings;
        this.responder = responder;
        this.clock = clock;
        letters = new Letters<>(route.output(), topics.deadLetters(), settings.service());
        outbox = new Outbox<>(
                topics.clients()::newProducer, (letter, outcome) -> news.add(() -> delivered(letter, outcome)));
        group = new Group<>(topics, route.inputs(), settings.group(), new Lanes());
    }

    /** Does what there is to do, waits for more at most {@link LoopSettings#idle}, and says how much it did. */
    public int poll() {
        Instant now = clock.instant();
        if (mode == LoopStatus.Mode.AWAY) {
            group.leave();
        } else {
            group.join();
        }
        int done = settle();
        done += outbox.probe(now, letter -> !letter.about().lane.gone);
        done += offer(now);
        group.commitSoon(now);
        done += group.fetch(done > 0 ? Duration.ZERO : patience(now), mode == LoopStatus.Mode.RUNNING, now);
        publish();
        return done;
    }

    /** Takes records again, after {@link #drain} or {@link #leave}. From any thread. */
    public void resume() {
        mode = LoopStatus.Mode.RUNNING;
    }

    /** Takes no new records; those in hand are finished by further polls. From any thread. */
    public void drain() {
        mode = LoopStatus.Mode.DRAINING;
    }

    /** Leaves the group at the next poll, so that others own its partitions; what is in hand is dropped. */
    public void leave() {
        mode = LoopStatus.Mode.AWAY;
    }

    /** How it stood after the last poll. From any thread. */
    public LoopStatus status() {
        return status;
    }

    /** What its Kafka clients measure of themselves. From any thread. */
    public List<ClientMetric> clientMetrics() {
        return Stream.of(group.metrics(), outbox.metrics())
                .flatMap(metrics -> ClientMetric.of(metrics).stream())
                .toList();
    }

    /** Writes and commits what was answered and leaves the group; the rest is answered by its next owner. */
    @Override
    public void close() {
        if (closing) {
            return;
        }
        settle();
        closing = true;
        outbox.close(KafkaSettings.CLOSING);
        settle();
        group.close(KafkaSettings.CLOSING);
        publish();
    }

    private Duration patience(Instant now) {
        Duration longest = settings.idle();
        for (Lane<I> lane : group.lanes()) {
            longest = lane.patience(now, BUSY, longest);
        }
        return longest;
    }

    private int settle() {
        int told = 0;
        for (Runnable item = news.poll(); item != null; item = news.poll()) {
            item.run();
            told++;
        }
        return told;
    }

    private int offer(Instant now) {
        if (mode != LoopStatus.Mode.RUNNING || outbox.isStalled() || suspects.isTrying()) {
            return 0;
        }
        Optional<OpenRecord<I>> suspect = suspects.due(now);
        if (suspect.isPresent()) {
            return offerAlone(suspect.get(), now) ? 1 : 0;
        }
        int offered = 0;
        for (boolean more = true; more; ) {
            more = false;
            for (Lane<I> lane : group.lanes()) {
                Optional<OpenRecord<I>> head = lane.head(now, open() < settings.maxOpen());
                if (head.isPresent() && offerHead(head.get(), now)) {
                    more = true;
                    offered++;
                }
            }
        }
        return offered;
    }

    /** Offers a suspect once nothing is in hand and its failure is known to outlive this process. */
    private boolean offerAlone(OpenRecord<I> suspect, Instant now) {
        if (inHand > 0) {
            return false;
        }
        if (!group.commitNow(List.of(suspect.lane))) {
            suspect.notBefore = now.plus(AGAIN_AFTER);
            return false;
        }
        Incoming<I> incoming = suspect.incoming().orElseThrow();
        suspects.trying(suspect);
        Offer offer = handOver(suspect, incoming);
        if (offer instanceof Offer.Accepted) {
            return true;
        }
        suspects.settled(suspect);
        if (offer instanceof Offer.NotNow later) {
            suspect.notBefore = now.plus(later.retryAfter());
            suspects.add(suspect);
            return false;
        }
        suspect.lane.done(suspect);
        tally.passed();
        return true;
    }

    /** Offers a lane's next record and says whether the lane may go on. */
    private boolean offerHead(OpenRecord<I> record, Instant now) {
        Lane<I> lane = record.lane;
        lane.unblock();
        if (record.fetched instanceof Malformed<I> malformed) {
            lane.take(record);
            refuse(record, Errors.of(malformed.cause()));
            return true;
        }
        Incoming<I> incoming = record.incoming().orElseThrow();
        if (lane.attempts.of(record.offset()) >= ATTEMPTS) {
            lane.take(record);
            refuse(record, Errors.defect("it failed " + ATTEMPTS + " times, the last time before a restart"));
            return true;
        }
        if (lane.attempts.of(record.offset()) > 0) {
            lane.take(record);
            suspects.add(record);
            return true;
        }
        Offer offer = handOver(record, incoming);
        if (offer instanceof Offer.Accepted) {
            lane.take(record);
            return true;
        }
        if (offer instanceof Offer.NotNow later) {
            lane.block(later.reason(), now, later.retryAfter());
            return false;
        }
        lane.pass(record);
        tally.passed();
        return true;
    }

    private Offer handOver(OpenRecord<I> record, Incoming<I> incoming) {
        record.attempt++;
        OneReply reply = new OneReply(record);
        Offer offer;
        try {
            offer = responder.offer(incoming, reply);
        } catch (RuntimeException e) {
            reply.defect(e);
            offer = Offer.accepted();
        }
        if (offer instanceof Offer.Accepted) {
            record.inHand = true;
            inHand++;
        } else {
            record.attempt++; // a reply to an offer that was not accepted says nothing
        }
        return offer;
    }

    private void answered(OpenRecord<I> record, O message) {
        record.unacknowledged = 1;
        outbox.send(
                new Letter<>(record, Letter.Kind.ANSWER, RecordError.getDefaultInstance()),
                letters.answer(record, message));
    }

    private void refuse(OpenRecord<I> record, RecordError reported) {
        RecordError error = reported.getService().isEmpty()
                ? reported.toBuilder().setService(settings.service()).build()
                : reported;
        record.refusedFor = error.getReason();
        record.unacknowledged = 2;
        write(record, Letter.Kind.DEAD_LETTER, error);
        write(record, Letter.Kind.ERROR_RECORD, error);
    }

    private void write(OpenRecord<I> record, Letter.Kind kind, RecordError error) {
        outbox.send(new Letter<>(record, kind, error), letters.refusal(record, kind, error, responder));
    }

    private void failed(OpenRecord<I> record, Throwable cause) {
        tally.defect();
        record.lane.attempts.failed(record.offset());
        String trace = record.fetched.origin().headers().getOrDefault("traceparent", "none");
        if (record.lane.attempts.of(record.offset()) < ATTEMPTS) {
            LOG.warn("{} failed and is tried once more, alone (trace {})", record.identity(), trace, cause);
            suspects.add(record);
        } else {
            LOG.error("{} failed again and is refused (trace {})", record.identity(), trace, cause);
            refuse(record, Errors.defect(cause.toString()));
        }
    }

    private void givenBack(OpenRecord<I> record) {
        record.lane.giveBack(record);
        record.lane.block("its answer was abandoned", clock.instant(), AGAIN_AFTER);
    }

    private void delivered(Letter<I> letter, Outbox.Outcome outcome) {
        OpenRecord<I> record = letter.about();
        outbox.learn(letter, outcome, clock.instant());
        if (record.lane.gone) {
            return;
        }
        if (outcome instanceof Outbox.Acknowledged) {
            record.unacknowledged--;
            if (record.unacknowledged == 0) {
                finished(record);
            }
        } else if (outcome instanceof Outbox.TooLarge && !closing) {
            tooLarge(letter);
        }
    }

    private void tooLarge(Letter<I> letter) {
        OpenRecord<I> record = letter.about();
        switch (letter.kind()) {
            case ANSWER ->
                refuse(
                        record,
                        Errors.of(
                                "RECORD_TOO_LARGE", "the answer is larger than topics.max-record-bytes: ask for less"));
            case ERROR_RECORD -> write(record, Letter.Kind.BARE_ERROR_RECORD, letter.error());
            case DEAD_LETTER -> write(record, Letter.Kind.BARE_DEAD_LETTER, letter.error());
            case BARE_ERROR_RECORD, BARE_DEAD_LETTER ->
                throw new IllegalStateException("the broker refuses even an error record without content as too large:"
                        + " raise max.message.bytes of the topics");
        }
    }

    private void finished(OpenRecord<I> record) {
        record.lane.done(record);
        if (record.refusedFor.isEmpty()) {
            tally.answered();
        } else {
            tally.rejected(record.refusedFor);
        }
        record.incoming().ifPresent(responder::acknowledged);
    }

    private int open() {
        return group.lanes().stream().mapToInt(lane -> lane.open().size()).sum();
    }

    private void publish() {
        int writing = 0;
        for (Lane<I> lane : group.lanes()) {
            for (OpenRecord<I> record : lane.open()) {
                writing += record.unacknowledged > 0 ? 1 : 0;
            }
        }
        String error = outbox.lastError().isEmpty() ? group.lastError() : outbox.lastError();
        status = new LoopStatus(mode, group.status(), inHand, writing, tally.counts(), error);
    }

    /** What follows when lanes go. */
    private final class Lanes implements Group.Owner<I> {

        @Override
        public void leaving() {
            settle();
        }

        @Override
        public void gone(Lane<I> lane) {
            lane.gone = true;
            suspects.forget(lane);
            for (OpenRecord<I> record : lane.open()) {
                if (record.inHand) {
                    record.inHand = false;
                    inHand--;
                    record.incoming().ifPresent(responder::dropped);
                }
            }
        }
    }

    /** The reply to one offer of one record. */
    private final class OneReply implements Reply<O> {

        private final OpenRecord<I> record;
        private final int attempt;
        private final AtomicBoolean used = new AtomicBoolean();

        OneReply(OpenRecord<I> record) {
            this.record = record;
            attempt = record.attempt;
        }

        @Override
        public void answer(O message) {
            tell(() -> answered(record, message));
        }

        @Override
        public void reject(RecordError error) {
            tell(() -> refuse(record, error));
        }

        @Override
        public void defect(Throwable cause) {
            tell(() -> failed(record, cause));
        }

        @Override
        public void abandon() {
            tell(() -> givenBack(record));
        }

        private void tell(Runnable outcome) {
            if (used.compareAndSet(false, true)) {
                news.add(() -> settle(outcome));
            }
        }

        private void settle(Runnable outcome) {
            if (record.inHand && record.attempt == attempt && !closing) {
                record.inHand = false;
                inHand--;
                suspects.settled(record);
                outcome.run();
            }
        }
    }
}
