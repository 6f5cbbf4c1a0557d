package dev.plumbline.exchange;

import java.util.Map;
import java.util.TreeMap;

/** What a loop has done so far. */
final class Tally {

    private final Map<String, Long> rejected = new TreeMap<>();
    private long answered;
    private long passed;
    private long defects;

    void answered() {
        answered++;
    }

    void rejected(String reason) {
        rejected.merge(reason, 1L, Long::sum);
    }

    void passed() {
        passed++;
    }

    void defect() {
        defects++;
    }

    LoopStatus.LoopCounts counts() {
        return new LoopStatus.LoopCounts(answered, rejected, passed, defects);
    }
}
