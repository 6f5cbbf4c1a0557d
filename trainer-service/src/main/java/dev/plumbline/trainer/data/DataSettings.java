package dev.plumbline.trainer.data;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Which lines of which files are examples.
 *
 * @param evalFraction share of path that is held out, in [0, 1), chosen by the run's seed; unused with evalPath
 * @param maxLength most tokens of an example
 * @param limit most lines read of each file
 */
public record DataSettings(
        Path path,
        Optional<Path> evalPath,
        double evalFraction,
        int maxLength,
        TooLong tooLong,
        int limit,
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
                fields,
                promptPrefix,
                promptSuffix);
    }
}
