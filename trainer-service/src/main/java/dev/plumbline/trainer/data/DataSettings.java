package dev.plumbline.trainer.data;

import dev.plumbline.trainer.data.source.DataException;
import java.util.Optional;

/**
 * Which lines of which files are examples.
 *
 * @param path of a file, a directory or files that match a pattern
 * @param evalPath of the examples that are held out
 * @param evalFraction share of path that is held out, in [0, 1), chosen by the run's seed; unused with evalPath
 * @param maxLength most tokens of an example
 * @param limit most lines read of path, and of evalPath
 * @param maxBadLines most lines of path, and of evalPath, that are left out because they are no examples
 */
public record DataSettings(
        String path,
        Optional<String> evalPath,
        double evalFraction,
        int maxLength,
        TooLong tooLong,
        int limit,
        int maxBadLines,
        FieldNames fields,
        String promptPrefix,
        String promptSuffix) {
    public DataSettings {
        if (!(evalFraction >= 0 && evalFraction < 1)) {
            throw new IllegalArgumentException("eval_fraction must be in [0, 1), got " + evalFraction);
        }
        if (maxLength < 1) {
            throw new IllegalArgumentException("max_length must be >= 1, got " + maxLength);
        }
        if (limit < 1) {
            throw new IllegalArgumentException("limit must be >= 1, got " + limit);
        }
        if (maxBadLines < 0) {
            throw new IllegalArgumentException("max_bad_lines must be >= 0, got " + maxBadLines);
        }
    }

    /** The same, reading at most the first lines: a look at the data before a run is accepted. */
    public DataSettings firstLines(int lines) {
        return new DataSettings(
                path,
                evalPath,
                evalFraction,
                maxLength,
                tooLong,
                Math.min(limit, lines),
                maxBadLines,
                fields,
                promptPrefix,
                promptSuffix);
    }

    /** How many of path's examples are held out; throws a DataException if none would be left to learn from. */
    int heldOut(int examples) {
        if (evalPath.isPresent() || evalFraction == 0) {
            return 0;
        }
        int held = (int) Math.max(1, Math.round(evalFraction * examples));
        if (held >= examples) {
            throw new DataException(path + " has " + examples
                    + " usable examples, of which eval_fraction leaves none to learn from; lower it or add examples");
        }
        return held;
    }
}
