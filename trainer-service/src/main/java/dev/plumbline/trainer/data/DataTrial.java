package dev.plumbline.trainer.data;

import dev.plumbline.trainer.data.source.DataSources;
import java.util.Optional;

/** Reads data to see whether it can be used, and keeps nothing. */
public final class DataTrial {
    private DataTrial() {}

    /** Throws a DataException if the data cannot be used. */
    public static <R, E> void read(
            DataSources sources, DataSettings settings, LineFormat<R> format, ExampleEncoding<R, E> encoding) {
        settings.heldOut(count(sources, settings, settings.path(), format, encoding));
        Optional<String> evaluation = settings.evalPath();
        if (evaluation.isPresent()) {
            count(sources, settings, evaluation.get(), format, encoding);
        }
    }

    private static <R, E> int count(
            DataSources sources,
            DataSettings settings,
            String path,
            LineFormat<R> format,
            ExampleEncoding<R, E> encoding) {
        int[] count = new int[1];
        DataPass.whole(settings, path, sources.files(path), format, encoding, example -> count[0]++, lines -> {});
        return count[0];
    }
}
