package dev.plumbline.lm.generate;

import java.util.List;

/**
 * Finds stop strings in text that arrives in pieces, and holds back what may turn out to begin one. The result does not
 * depend on where the text was cut into pieces: the stop string that is complete first ends it, of two that are complete
 * at once the longer.
 */
final class StopScanner {
    private final List<String> stopStrings;
    private final StringBuilder held = new StringBuilder();
    private boolean stopped;

    StopScanner(List<String> stopStrings) {
        this.stopStrings = stopStrings;
    }

    /** The text that can be given out, after one more piece that may not end the answer yet. */
    String pass(String piece) {
        held.append(piece);
        return release(held.length() - possibleBeginning());
    }

    /** The text that can be given out, after one more piece; what a stop string took is gone. */
    String accept(String piece) {
        if (stopStrings.isEmpty()) {
            return piece;
        }
        held.append(piece);
        int start = firstStop();
        if (start >= 0) {
            stopped = true;
            held.setLength(start);
            return release(start);
        }
        return release(held.length() - possibleBeginning());
    }

    /** Whether a stop string was found. */
    boolean stopped() {
        return stopped;
    }

    /** What was held back, at the end of the text. */
    String rest() {
        return release(held.length());
    }

    private String release(int length) {
        String text = held.substring(0, length);
        held.delete(0, length);
        return text;
    }

    /** Start of the stop string that is complete first, or −1. */
    private int firstStop() {
        int start = -1;
        int end = Integer.MAX_VALUE;
        for (String stop : stopStrings) {
            int at = held.indexOf(stop);
            if (at >= 0 && (at + stop.length() < end || (at + stop.length() == end && at < start))) {
                start = at;
                end = at + stop.length();
            }
        }
        return start;
    }

    /** Length of the longest end of the held text that begins a stop string. */
    private int possibleBeginning() {
        int longest = 0;
        for (String stop : stopStrings) {
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
                if (stop.startsWith(held.substring(held.length() - length))) {
                    longest = length;
                }
            }
        }
        return longest;
    }
}
