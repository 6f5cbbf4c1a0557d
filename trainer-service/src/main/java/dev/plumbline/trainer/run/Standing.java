package dev.plumbline.trainer.run;

import java.util.Collection;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;

/** How good a run was after which of its steps. Its start, step 0, is what others have made and does not count. */
final class Standing {
    private final BestBy by;
    private final NavigableMap<Long, Double> worths = new TreeMap<>();

    Standing(BestBy by) {
        this.by = by;
    }

    void measured(long step, Map<String, Double> figures) {
        double worth = by.worth(figures);
        if (step > 0 && !Double.isNaN(worth)) {
            worths.put(step, worth);
        }
    }

    /** What came after a step will be measured again. */
    void rewind(long step) {
        worths.tailMap(step, false).clear();
    }

    /** The best of these steps, of equals the first; empty if none was evaluated. */
    OptionalLong best(Collection<Long> steps) {
        long best = 0;
        double most = Double.NEGATIVE_INFINITY;
        for (long step : worths.keySet()) {
            double worth = worths.getOrDefault(step, most);
            if (steps.contains(step) && worth > most) {
                best = step;
                most = worth;
            }
        }
        return best == 0 ? OptionalLong.empty() : OptionalLong.of(best);
    }

    /** Whether a step is better than all before it. */
    boolean isBest(long step) {
        return best(worths.headMap(step, true).keySet()).equals(OptionalLong.of(step));
    }
}
