package dev.plumbline.trainer.spec;

import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.trainer.data.DataException;
import dev.plumbline.trainer.data.Dataset;
import dev.plumbline.trainer.data.ExampleEncoding;
import dev.plumbline.trainer.data.LineFormat;

/** Looks at the first lines of a run's data, so that a wrong file is known before the run is accepted. */
final class DataPreview {
    private static final int LINES = 1000;

    private DataPreview() {}

    static <R, E> void look(
            Problems problems, String at, Data data, LineFormat<R> format, ExampleEncoding<R, E> encoding, long seed) {
        if (!problems.noneAt(at)) {
            return;
        }
        try {
            Dataset.load(SpecConversion.data(data).firstLines(LINES), format, encoding, seed);
        } catch (DataException e) {
            problems.add(at + ".path", String.valueOf(e.getMessage()));
        }
    }
}
