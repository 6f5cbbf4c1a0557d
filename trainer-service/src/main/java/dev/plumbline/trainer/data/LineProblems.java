package dev.plumbline.trainer.data;

import dev.plumbline.trainer.data.source.DataException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Collects what is wrong with the lines of data: the first ones in full, the rest as a number. */
final class LineProblems {
    private static final int SHOWN = 20;

    private final String path;
    private final int allowed;
    private final List<String> first = new ArrayList<>();
    private long count;

    /**
     * @param path of the data, for people
     * @param allowed how many bad lines are left out rather than refused
     */
    LineProblems(String path, int allowed) {
        this.path = path;
        this.allowed = allowed;
    }

    /** @param file which the line belongs to; named where the path means several */
    void add(String file, long line, String reason) {
        count++;
        if (first.size() < SHOWN) {
            first.add((file.equals(path) ? "" : file + " ") + "line " + line + ": " + reason);
        }
    }

    void throwIfTooMany() {
        if (count > allowed) {
            String limit = allowed > 0 ? ", more than max_bad_lines " + allowed + " allows" : "";
            throw new DataException(path + " has " + lines() + limit + ": " + listed());
        }
    }

    /** What was left out; empty if nothing was. */
    Optional<String> note() {
        return count == 0
                ? Optional.empty()
                : Optional.of(path + ": " + lines() + " left out, as max_bad_lines allows: " + listed());
    }

    private String lines() {
        return count + (count == 1 ? " bad line" : " bad lines");
    }

    private String listed() {
        String rest = count > first.size() ? "; and " + (count - first.size()) + " more" : "";
        return String.join("; ", first) + rest;
    }
}
