package dev.plumbline.trainer.ppo;

import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.proto.exchange.v1.Window;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.LongSupplier;

/**
 * Prompts of other producers. A step's windows end where the prompts that are there suffice, taken from all partitions in
 * turn, so that uneven keys never stall it. Where too few are there for a while, what is there is admitted first and the
 * rest as it comes.
 */
final class ProducerSupply implements PromptSupply {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final PromptLog log;
    private final WindowStarts starts;
    private final int batch;
    private final LongSupplier nanoTime;
    private final Map<Long, Integer> admitted = new HashMap<>();
    /** Of the steps that were extended. */
    private final Map<Long, Integer> wanted = new HashMap<>();

    private long lastAdmission;

    ProducerSupply(PromptLog log, WindowStarts starts, int batch, LongSupplier nanoTime) {
        this.log = log;
        this.starts = starts;
        this.batch = batch;
        this.nanoTime = nanoTime;
        this.lastAdmission = nanoTime.getAsLong();
    }

    @Override
    public boolean provide(long step) {
        return false;
    }

    @Override
    public void admitted(long step, List<RecordIdentity> members) {
        admitted.merge(step, members.size(), Integer::sum);
        lastAdmission = nanoTime.getAsLong();
    }

    @Override
    public void extend(long step, int prompts) {
        wanted.put(step, admitted.getOrDefault(step, 0) + prompts);
    }

    @Override
    public void finish(long step) {
        wanted.remove(step);
    }

    @Override
    public long next() {
        return 0;
    }

    private int missing(long step) {
        return wanted.getOrDefault(step, batch) - admitted.getOrDefault(step, 0);
    }

    @Override
    public List<Window> nextInstalment(long step) {
        int missing = missing(step);
        List<Queue<Long>> waiting = new ArrayList<>();
        int available = 0;
        for (int partition = 0; partition < log.partitions(); partition++) {
            Queue<Long> offsets = new ArrayDeque<>(log.candidates(partition)
                    .tailMap(starts.of(partition), true)
                    .keySet());
            available += offsets.size();
            waiting.add(offsets);
        }
        boolean patient = nanoTime.getAsLong() - lastAdmission < PATIENCE.toNanos();
        if (available == 0 || (available < missing && patient)) {
            return List.of();
        }
        return take(waiting, Math.min(missing, available));
    }

    private List<Window> take(List<Queue<Long>> waiting, int count) {
        long[] ends = new long[waiting.size()];
        int taken = 0;
        while (taken < count) {
            for (int partition = 0; partition < ends.length && taken < count; partition++) {
                Long offset = waiting.get(partition).poll();
                if (offset != null) {
                    ends[partition] = offset + 1;
                    taken++;
                }
            }
        }
        List<Window> windows = new ArrayList<>();
        for (int partition = 0; partition < ends.length; partition++) {
            if (ends[partition] > 0) {
                windows.add(Window.newBuilder()
                        .setPartition(partition)
                        .setFromOffset(starts.of(partition))
                        .setToOffset(ends[partition])
                        .build());
            }
        }
        return windows;
    }

    @Override
    public boolean complete(long step) {
        return missing(step) <= 0;
    }

    @Override
    public String wants(long step) {
        return missing(step) + " of " + wanted.getOrDefault(step, batch) + " prompts from producers";
    }
}
