package dev.plumbline.trainer.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with the lines of a file: the first ones in full, the rest as a number. */
final class LineProblems {
    private static final int SHOWN = 20;

    private final Path file;
    private final List<String> first = new ArrayList<>();
    private int count;

    LineProblems(Path file) {
        this.file = file;
    }

    void add(long line, String reason) {
        count++;
        if (first.size() < SHOWN) {
            first.add("line " + line + ": " + reason);
        }
    }

    void throwIfAny() {
        if (count > 0) {
            String rest = count > first.size() ? "; and " + (count - first.size()) + " more" : "";
            throw new DataException(file + " has " + count + (count == 1 ? " bad line: " : " bad lines: ")
                    + String.join("; ", first) + rest);
        }
    }
}
