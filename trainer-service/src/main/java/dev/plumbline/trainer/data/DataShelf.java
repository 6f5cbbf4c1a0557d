package dev.plumbline.trainer.data;

import dev.plumbline.trainer.data.source.DataFile;
import dev.plumbline.trainer.data.source.DataSources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;

/**
 * Where a run keeps its examples. Data is read and made token ids once, when the run begins, so that it may be larger than
 * memory, compressed or far away; a resumed run takes up what it has, if the data is still the same.
 */
public final class DataShelf {
    private static final String EXAMPLES = ".examples";
    private static final String MANIFEST = ".json";

    private final DataSources sources;
    private final Path directory;
    private final Path origin;
    private final ObjLongConsumer<String> progress;

    /**
     * @param directory of the run, for nothing else; it is made when it is needed
     * @param origin that directory, or for a run that learns another one's data again, the other one's
     * @param progress is told, as data is read, which and how many lines so far; what it throws ends the reading
     */
    public DataShelf(DataSources sources, Path directory, Path origin, ObjLongConsumer<String> progress) {
        this.sources = sources;
        this.directory = directory;
        this.origin = origin;
        this.progress = progress;
    }

    /**
     * The examples of data; the held-out share is chosen by the seed. Throws a DataException if the data cannot be used,
     * or is not what the run began with.
     *
     * @param name of the data on this shelf
     * @throws UnkeptExamplesException if the disk does not take them
     */
    public <R, E> Dataset<E> dataset(
            String name, DataSettings settings, LineFormat<R> format, ExampleEncoding<R, E> encoding, long seed) {
        List<String> notes = new ArrayList<>();
        List<E> all = examples(name, settings, settings.path(), format, encoding, notes);
        if (settings.evalPath().isPresent()) {
            return new Dataset<>(
                    all, examples(name + "-eval", settings, settings.evalPath().get(), format, encoding, notes), notes);
        }
        int held = settings.heldOut(all.size());
        if (held == 0) {
            return new Dataset<>(all, List.of(), notes);
        }
        notes.add("held out " + held + " of them by the run's seed");
        return Dataset.divided(all, held, notes, seed);
    }

    /** Removes the examples of a run that has ended; what they were made from remains on record. */
    public static void clear(Path directory) {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + EXAMPLES + "*")) {
            for (Path file : files) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("examples in " + directory + " cannot be removed", e);
        }
    }

    private <R, E> List<E> examples(
            String name,
            DataSettings settings,
            String path,
            LineFormat<R> format,
            ExampleEncoding<R, E> encoding,
            List<String> notes) {
        List<DataFile> files = sources.files(path);
        Map<String, String> digests = DataManifest.digests(files);
        Path manifest = directory.resolve(name + MANIFEST);
        Path examples = directory.resolve(name + EXAMPLES);
        try {
            Path before = origin.resolve(name + MANIFEST);
            if (Files.exists(before)) {
                DataManifest.read(before).requireSame(digests);
            }
            if (!Files.exists(manifest) || !Files.exists(examples)) {
                keep(examples, manifest, encoding.form(), writer -> {
                    List<String> account = DataPass.whole(
                            settings,
                            path,
                            files,
                            format,
                            encoding,
                            writer::write,
                            lines -> progress.accept(path, lines));
                    writer.finish();
                    return new DataManifest(digests, account);
                });
            }
            notes.addAll(DataManifest.read(manifest).notes());
            return new StoredExamples<>(examples, encoding.form());
        } catch (IOException e) {
            throw new UncheckedIOException("examples of " + path + " in " + directory + " cannot be read", e);
        }
    }

    private <E> void keep(
            Path examples, Path manifest, BinaryForm<E> form, Function<ExampleWriter<E>, DataManifest> content) {
        try {
            Files.createDirectories(directory);
            try (ExampleWriter<E> writer = new ExampleWriter<>(examples, form)) {
                content.apply(writer).write(manifest);
            }
        } catch (IOException e) {
            throw new UnkeptExamplesException(directory, 0, e);
        }
    }
}
