package dev.plumbline.benchmarks;

import dev.plumbline.benchmarks.SoakCount.End;
import dev.plumbline.exchange.Fetched;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.LogReader;
import dev.plumbline.exchange.LogWriter;
import dev.plumbline.exchange.Topics;
import dev.plumbline.proto.exchange.v1.Rollout;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A producer of prompts, so many of which wait for their answers at any time; the last answers come after the end.
 *
 * @param over when there is to be no further prompt
 */
record SoakPrompts(Topics topics, SoakRequests requests, SoakCount count, AtomicBoolean over) implements Runnable {
    private static final int OPEN = 4;
    private static final Duration ROUND = Duration.ofMillis(200);

    @Override
    public void run() {
        Set<String> open = new HashSet<>();
        int sent = 0;
        try (LogWriter prompts = new LogWriter(topics);
                LogReader<Rollout> rollouts = new LogReader<>(topics, topics.rollouts())) {
            while (!over.get() || !open.isEmpty()) {
                while (open.size() < OPEN && !over.get()) {
                    String id = "soak/" + sent++;
                    prompts.send(topics.prompts(), requests.prompt(id)).join();
                    open.add(id);
                }
                for (Fetched<Rollout> fetched : rollouts.poll(ROUND)) {
                    answered(fetched, open);
                }
            }
        }
    }

    private void answered(Fetched<Rollout> fetched, Set<String> open) {
        if (!(fetched instanceof Incoming<Rollout> incoming)) {
            throw new IllegalStateException("the service wrote what is no rollout: " + fetched);
        }
        Rollout rollout = incoming.message();
        if (rollout.hasError() || !open.remove(rollout.getPrompt().getId())) {
            throw new IllegalStateException("a prompt was not answered, or nobody asked: " + rollout);
        }
        rollout.getSamplesList().forEach(sample -> count.tokens(sample.getTokenIdsCount()));
        count.ended(End.ANSWERED);
    }
}
