package dev.plumbline.trainer.ppo;

import dev.plumbline.exchange.LogWriter;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.exchange.Topic;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Window;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import org.jboss.logging.Logger;

/**
 * Feeds a dataset into the training topic, a batch per step, with ids "run/index". What was fed is what is found in the
 * log, so that a restarted feeder sends exactly what is missing. An instalment takes the next numbers; its windows end, per
 * partition, just after the last fed record of them: they do not depend on timing.
 */
final class DatasetFeed implements PromptSupply {
    private static final Logger LOG = Logger.getLogger(DatasetFeed.class);

    private final PromptLog log;
    private final WindowStarts starts;
    private final LogWriter writer;
    private final Topic<Prompt> topic;
    private final LongFunction<Prompt> prompts;
    private final int batch;
    private final long steps;
    private final List<CompletableFuture<RecordIdentity>> underWay = new ArrayList<>();
    /** How many prompts of the feed open steps have. */
    private final Map<Long, Integer> admitted = new HashMap<>();
    /** How many they want, where that is more than a batch. */
    private final Map<Long, Integer> wanted = new HashMap<>();

    private long finished;
    private long sentTo;
    /** The first number that no step has admitted. */
    private long next;

    /**
     * @param log read to its end
     * @param prompts the prompt of each index
     * @param batch prompts per step
     * @param steps of the run, after which nothing is fed
     * @param finished steps whose prompts need not be looked for
     * @param next a number below which steps have admitted all, as far as an earlier process knew
     */
    DatasetFeed(
            PromptLog log,
            WindowStarts starts,
            LogWriter writer,
            Topic<Prompt> topic,
            LongFunction<Prompt> prompts,
            int batch,
            long steps,
            long finished,
            long next) {
        this.log = log;
        this.starts = starts;
        this.writer = writer;
        this.topic = topic;
        this.prompts = prompts;
        this.batch = batch;
        this.steps = steps;
        this.finished = finished;
        // A finished step has taken a batch or more.
        this.next = Math.max(next, finished * batch);
        this.sentTo = this.next;
    }

    @Override
    public boolean provide(long step) {
        if (!underWay.isEmpty() && !settle()) {
            return false;
        }
        // A batch goes out when the one before is in the log as a whole: a prompt that is sent again must not come to
        // lie behind prompts of the next step, which its own step's window would take in.
        long target = next;
        for (long open = finished + 1; open <= Math.min(step, steps) && target <= sentTo; open++) {
            target += missing(open);
        }
        long from = sentTo;
        for (; sentTo < target; sentTo++) {
            if (!log.hasFed(sentTo)) {
                underWay.add(writer.send(topic, prompts.apply(sentTo)));
            }
        }
        return sentTo > from;
    }

    /** Looks at what was sent; whether all of it is known to be in the log or not. */
    private boolean settle() {
        if (!underWay.stream().allMatch(CompletableFuture::isDone)) {
            return false;
        }
        boolean failed = underWay.stream().anyMatch(CompletableFuture::isCompletedExceptionally);
        if (failed) {
            LOG.warn("the broker did not take all prompts; sending again what is not in the log");
            log.readToEnd();
            sentTo = log.firstNotFed(next);
        }
        underWay.clear();
        return true;
    }

    @Override
    public void admitted(long step, List<RecordIdentity> members) {
        for (RecordIdentity member : members) {
            long index = log.index(member);
            if (index != PromptLog.NOT_FED) {
                admitted.merge(step, 1, Integer::sum);
                next = Math.max(next, index + 1);
            }
        }
        // What an earlier process sent need not be sent again.
        sentTo = Math.max(sentTo, next);
    }

    @Override
    public void extend(long step, int prompts) {
        wanted.put(step, admitted.getOrDefault(step, 0) + prompts);
    }

    @Override
    public void finish(long step) {
        admitted.remove(step);
        wanted.remove(step);
        finished = Math.max(finished, step);
    }

    /** How many prompts a step wants that it does not have. */
    private int missing(long step) {
        return Math.max(0, wanted.getOrDefault(step, batch) - admitted.getOrDefault(step, 0));
    }

    @Override
    public long next() {
        return next;
    }

    @Override
    public List<Window> nextInstalment(long step) {
        long end = next + missing(step);
        if (log.firstNotFed(next) < end) {
            return List.of();
        }
        List<Window> windows = new ArrayList<>();
        for (int partition = 0; partition < log.partitions(); partition++) {
            long from = starts.of(partition);
            long to = log.candidates(partition).tailMap(from, true).values().stream()
                    .filter(candidate -> candidate.index() != PromptLog.NOT_FED && candidate.index() < end)
                    .mapToLong(candidate -> candidate.identity().offset() + 1)
                    .max()
                    .orElse(from);
            if (to > from) {
                windows.add(Window.newBuilder()
                        .setPartition(partition)
                        .setFromOffset(from)
                        .setToOffset(to)
                        .build());
            }
        }
        return windows;
    }

    @Override
    public boolean complete(long step) {
        return step <= finished || missing(step) == 0;
    }

    @Override
    public String wants(long step) {
        return "its prompts to be acknowledged by the broker";
    }
}
