package dev.plumbline.trainer.ppo;

import dev.plumbline.exchange.LogWriter;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.exchange.Topic;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import org.jboss.logging.Logger;

/**
 * Feeds a dataset into the training topic, a batch per step, with ids "run/index". What was fed is what is found in the
 * log, so that a restarted feeder sends exactly what is missing. A step's windows end, per partition, just after the last
 * fed record of its batch: they do not depend on timing.
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
    private long sentTo;
    private long admittedSteps;

    /**
     * @param log read to its end
     * @param prompts the prompt of each index
     * @param batch prompts per step
     * @param steps of the run, after which nothing is fed
     * @param finished steps whose prompts need not be looked for
     */
    DatasetFeed(
            PromptLog log,
            WindowStarts starts,
            LogWriter writer,
            Topic<Prompt> topic,
            LongFunction<Prompt> prompts,
            int batch,
            long steps,
            long finished) {
        this.log = log;
        this.starts = starts;
        this.writer = writer;
        this.topic = topic;
        this.prompts = prompts;
        this.batch = batch;
        this.steps = steps;
        this.sentTo = finished * batch;
        this.admittedSteps = finished;
    }

    @Override
    public boolean provide(long step) {
        if (!underWay.isEmpty() && !settle()) {
            return false;
        }
        // A batch goes out when the one before is in the log as a whole: a prompt that is sent again must not come to
        // lie
        // behind prompts of the next step, which its own step's window would take in.
        long target = Math.min(Math.min(step, steps), sentTo / batch + 1) * batch;
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
            sentTo = log.firstNotFed(admittedSteps * batch);
        }
        underWay.clear();
        return true;
    }

    @Override
    public void admitted(long step, int members) {
        admittedSteps = Math.max(admittedSteps, step);
    }

    @Override
    public List<Window> nextInstalment(long step) {
        long end = step * batch;
        if (log.firstNotFed(admittedSteps * batch) < end) {
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
        return admittedSteps >= step;
    }

    @Override
    public String wants(long step) {
        return "its prompts to be acknowledged by the broker";
    }
}
