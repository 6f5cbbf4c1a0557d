package dev.plumbline.trainer.spec;

import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.TooLong;
import dev.plumbline.trainer.data.DataTrial;
import dev.plumbline.trainer.data.ExampleEncoding;
import dev.plumbline.trainer.data.LineFormat;
import dev.plumbline.trainer.data.source.DataException;
import dev.plumbline.trainer.data.source.DataSources;

/** Data settings out of range, files that are not there, and first lines that are no examples. */
final class DataCheck {
    /** How many lines are looked at before a run is accepted. */
    private static final int FIRST_LINES = 1000;

    private final DataSources sources;
    private final Problems problems;

    DataCheck(DataSources sources, Problems problems) {
        this.sources = sources;
        this.problems = problems;
    }

    /** @param evaluates whether part of the data may be held out */
    void data(String at, Data data, boolean evaluates) {
        files(at + ".path", data.getPath());
        if (!data.getEvalPath().isEmpty()) {
            files(at + ".eval_path", data.getEvalPath());
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
        problems.require(
                data.getMaxBadLines() >= 0, at + ".max_bad_lines", "must be >= 0 lines", data.getMaxBadLines());
    }

    /** Fills in max_length: what the context leaves; a larger one could not be computed. */
    Data completeLength(String at, Data data, int context) {
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

    /** Reads the first lines, unless something is wrong with the data already. */
    <R, E> void look(String at, Data data, LineFormat<R> format, ExampleEncoding<R, E> encoding) {
        if (!problems.noneAt(at)) {
            return;
        }
        try {
            DataTrial.read(sources, SpecConversion.data(data).firstLines(FIRST_LINES), format, encoding);
        } catch (DataException e) {
            problems.add(at + ".path", String.valueOf(e.getMessage()));
        }
    }

    private void files(String field, String given) {
        try {
            sources.files(given);
        } catch (DataException e) {
            problems.add(field, String.valueOf(e.getMessage()));
        }
    }
}
