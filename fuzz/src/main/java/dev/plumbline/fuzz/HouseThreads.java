package dev.plumbline.fuzz;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The threads that were in the house's own code at some moment. Those that are there later and were not then show a call that
 * was left behind: an idle pool's are elsewhere.
 */
public final class HouseThreads {
    private static final String HOUSE = "dev.plumbline.";

    private final Set<Thread> then = inside();

    /** Those that came since, but for the one that asks. */
    public Set<Thread> others() {
        return inside().stream()
                .filter(thread -> !then.contains(thread) && thread != Thread.currentThread())
                .collect(Collectors.toSet());
    }

    private static Set<Thread> inside() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> Arrays.stream(thread.getValue())
                        .anyMatch(frame -> frame.getClassName().startsWith(HOUSE)))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }
}
