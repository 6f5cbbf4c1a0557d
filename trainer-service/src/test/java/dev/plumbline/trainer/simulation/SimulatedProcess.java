package dev.plumbline.trainer.simulation;

import dev.plumbline.exchange.KafkaClients;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.errors.TimeoutException;

/** A process: its clients, its clock, and how long it has to live, counted in the calls it makes of either. */
final class SimulatedProcess implements KafkaClients {
    private static final double REFUSED = 0.01;

    private final SimulatedLog log;
    private final VirtualTime time;
    private final Chance chance;
    private final boolean hasty;
    private long callsToLive = Long.MAX_VALUE;
    private boolean dead;

    /** @param hasty whether its records arrive at once, for a caller that waits for them on its own thread */
    SimulatedProcess(SimulatedLog log, VirtualTime time, Chance chance, boolean hasty) {
        this.log = log;
        this.time = time;
        this.chance = chance;
        this.hasty = hasty;
    }

    /** It dies in the middle of what it does. */
    void dieAfter(int calls) {
        callsToLive = calls;
    }

    /** It is dead, and what is left of it in this thread does nothing. */
    void die() {
        dead = true;
    }

    boolean isDead() {
        return dead;
    }

    boolean isHasty() {
        return hasty;
    }

    Chance chance() {
        return chance;
    }

    /** The process does something that others see; perhaps its last. */
    void call() {
        if (dead) {
            throw new Killed();
        }
        callsToLive--;
        if (callsToLive < 0) {
            dead = true;
            throw new Killed();
        }
    }

    /** Now and then the broker does not answer. */
    void refuse(String reason) {
        if (chance.fault(REFUSED)) {
            throw new TimeoutException(reason);
        }
    }

    /** The time, which it may not live to see. */
    Clock clock() {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return time.getZone();
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                call();
                return time.instant();
            }
        };
    }

    LongSupplier nanoTime() {
        return time::nanos;
    }

    @Override
    public Admin newAdmin() {
        return PartialClient.of(Admin.class, new SimulatedAdmin(log));
    }

    @Override
    @SuppressWarnings("unchecked")
    public Consumer<byte[], byte[]> newReader() {
        return PartialClient.of(Consumer.class, new SimulatedReader(log, this));
    }

    @Override
    @SuppressWarnings("unchecked")
    public Consumer<byte[], byte[]> newGroupMember(String group) {
        return PartialClient.of(Consumer.class, new SimulatedMember(log, this, log.group(group)));
    }

    @Override
    @SuppressWarnings("unchecked")
    public Producer<byte[], byte[]> newProducer() {
        return PartialClient.of(Producer.class, new SimulatedProducer(log, this, time));
    }

    @Override
    @SuppressWarnings("unchecked")
    public Producer<byte[], byte[]> newTransactionalProducer(String name) {
        return PartialClient.of(Producer.class, new SimulatedTransactions(log, this, name));
    }
}
