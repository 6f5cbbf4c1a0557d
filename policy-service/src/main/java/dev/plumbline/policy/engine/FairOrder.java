package dev.plumbline.policy.engine;

import dev.plumbline.policy.request.Turn;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * In which order waiting jobs are considered: the lowest priority first; of equals those of the source that would have
 * less of its share with one slot more; of these who came first. A source that waits alone may have all slots.
 */
final class FairOrder {
    private final List<Job> waiting;
    private final double logShare;
    private final Map<Turn.Source, Integer> held;
    /** Where each source's next job is. */
    private final Map<Turn.Source, Integer> places = new EnumMap<>(Turn.Source.class);

    /**
     * @param waiting by priority, then as they came
     * @param logShare of the slots for prompts from the log, from 0 to 1; calls have the rest
     * @param held slots that the jobs of each source have
     */
    FairOrder(List<Job> waiting, double logShare, Map<Turn.Source, Integer> held) {
        this.waiting = waiting;
        this.logShare = logShare;
        this.held = new EnumMap<>(held);
        for (Turn.Source source : Turn.Source.values()) {
            places.put(source, place(source, 0));
        }
    }

    private int place(Turn.Source source, int from) {
        int place = from;
        while (place < waiting.size() && waiting.get(place).turn().source() != source) {
            place++;
        }
        return place;
    }

    /** Takes the next one; empty after the last. */
    Optional<Job> next() {
        int call = places.getOrDefault(Turn.Source.CALL, 0);
        int log = places.getOrDefault(Turn.Source.LOG, 0);
        int place = Math.min(call, log);
        if (place == waiting.size()) {
            return Optional.empty();
        }
        if (Math.max(call, log) < waiting.size()
                && waiting.get(call).turn().priority()
                        == waiting.get(log).turn().priority()) {
            // Slots over share, with one slot more, both times the product of the shares, which may be 0.
            double ofLog = (held.getOrDefault(Turn.Source.LOG, 0) + 1) * (1 - logShare);
            double ofCalls = (held.getOrDefault(Turn.Source.CALL, 0) + 1) * logShare;
            if (ofLog != ofCalls) {
                place = ofLog < ofCalls ? log : call;
            }
        }
        Job job = waiting.get(place);
        places.put(job.turn().source(), place(job.turn().source(), place + 1));
        return Optional.of(job);
    }

    /** The job has so many slots more. */
    void took(Job job, int slots) {
        held.merge(job.turn().source(), slots, Integer::sum);
    }
}
