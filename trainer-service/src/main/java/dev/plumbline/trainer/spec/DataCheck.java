package dev.plumbline.trainer.spec;

import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.TooLong;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Data settings out of range, and files that are not there. */
final class DataCheck {
    private DataCheck() {}

    /** @param evaluates whether part of the data may be held out */
    static void data(Problems problems, String at, Data data, boolean evaluates) {
        file(problems, at + ".path", data.getPath());
        if (!data.getEvalPath().isEmpty()) {
            file(problems, at + ".eval_path", data.getEvalPath());
        }
        problems.require(
                data.getEvalFraction() >= 0 && data.getEvalFraction() < 1,
                at + ".eval_fraction",
                "must be in [0, 1)",
                data.getEvalFraction());
        boolean holdsOut = data.getEvalFraction() > 0 || !data.getEvalPath().isEmpty();
        if (holdsOut && !evaluates) {
            problems.add(
                    at + ".eval_fraction", "nothing of " + at + " is evaluated; leave eval_path and eval_fraction out");
        }
        problems.require(
                !data.hasMaxLength() || data.getMaxLength() >= 2,
                at + ".max_length",
                "must be >= 2 tokens",
                data.getMaxLength());
        problems.require(
                data.getTooLong() != TooLong.UNRECOGNIZED,
                at + ".too_long",
                "must be FAIL, DROP or TRUNCATE_LEFT",
                data.getTooLongValue());
        problems.require(!data.hasLimit() || data.getLimit() >= 1, at + ".limit", "must be >= 1 line", data.getLimit());
    }

    /** Fills in max_length: what the context leaves; a larger one could not be computed. */
    static Data completeLength(Problems problems, String at, Data data, int context) {
        if (!data.hasMaxLength()) {
            return data.toBuilder().setMaxLength(context).build();
        }
        problems.require(
                data.getMaxLength() <= context,
                at + ".max_length",
                "must be at most the " + context + " tokens that the model's context leaves",
                data.getMaxLength());
        return data;
    }

    private static void file(Problems problems, String field, String given) {
        if (given.isEmpty()) {
            problems.add(field, "a file of JSON Lines is needed, got no path");
            return;
        }
        try {
            Path path = Path.of(given);
            if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
                problems.add(
                        field,
                        "there is no readable file \"" + path.toAbsolutePath() + "\" on the trainer's disk; give the"
                                + " path of a .jsonl or .jsonl.gz");
            }
        } catch (InvalidPathException e) {
            problems.add(field, "\"" + given + "\" is not a path: " + e.getReason());
        }
    }
}
