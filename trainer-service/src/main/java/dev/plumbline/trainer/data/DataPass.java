package dev.plumbline.trainer.data;

import dev.plumbline.trainer.data.source.ByteLines;
import dev.plumbline.trainer.data.source.DataException;
import dev.plumbline.trainer.data.source.DataFile;
import dev.plumbline.trainer.data.source.PlainStream;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One pass over the lines of data, in pieces. Each line becomes an example, is left out for a reason that is counted, or is
 * a bad line. Takes memory for one line, however many there are.
 */
final class DataPass<R, E> implements Closeable {
    private static final int LINES_AT_ONCE = 256;

    private final DataSettings settings;
    private final Iterator<DataFile> files;
    private final LineFormat<R> format;
    private final ExampleEncoding<R, E> encoding;
    private final Consumer<E> examples;
    private final LineProblems problems;
    private final LineAccount account;
    private @Nullable OpenFile open;

    private record OpenFile(String name, ByteLines lines) {}

    /**
     * @param path which means the files, for people
     * @param examples takes each example in its order
     */
    DataPass(
            DataSettings settings,
            String path,
            List<DataFile> files,
            LineFormat<R> format,
            ExampleEncoding<R, E> encoding,
            Consumer<E> examples) {
        this.settings = settings;
        this.files = files.iterator();
        this.format = format;
        this.encoding = encoding;
        this.examples = examples;
        this.problems = new LineProblems(path, settings.maxBadLines());
        this.account = new LineAccount(path, settings.maxLength());
    }

    /**
     * A pass from beginning to end; returns what became of the lines.
     *
     * @param progress is told again and again how many lines have been read; what it throws ends the pass
     */
    static <R, E> List<String> whole(
            DataSettings settings,
            String path,
            List<DataFile> files,
            LineFormat<R> format,
            ExampleEncoding<R, E> encoding,
            Consumer<E> examples,
            LongConsumer progress) {
        DataPass<R, E> pass = new DataPass<>(settings, path, files, format, encoding, examples);
        try (pass) {
            boolean more = true;
            while (more) {
                more = pass.advance();
                progress.accept(pass.account.lines());
            }
        } catch (IOException e) {
            throw new DataException(path + " cannot be closed: " + e.getMessage(), e);
        }
        return pass.finish();
    }

    /** Reads on; false once everything has been read. Throws a DataException if a file cannot be read. */
    boolean advance() {
        for (int i = 0; i < LINES_AT_ONCE; i++) {
            if (account.lines() >= settings.limit() || !line()) {
                return false;
            }
        }
        return true;
    }

    /** What became of the lines, after the last; throws a DataException with the bad ones, or if nothing is left. */
    List<String> finish() {
        problems.throwIfTooMany();
        if (account.nothingUsed()) {
            throw new DataException("no example is left: " + account
                    + problems.note().map(note -> "; " + note).orElse(""));
        }
        List<String> notes = new ArrayList<>(List.of(account.toString()));
        problems.note().ifPresent(notes::add);
        return notes;
    }

    @Override
    public void close() throws IOException {
        if (open != null) {
            open.lines().close();
            open = null;
        }
    }

    private boolean line() {
        while (open != null || files.hasNext()) {
            OpenFile file = open == null ? begin(files.next()) : open;
            try {
                if (file.lines().next()) {
                    account.line();
                    example(file);
                    return true;
                }
                if (file.lines().number() == 0) {
                    throw new DataException(file.name() + " is empty; it needs at least one example");
                }
                close();
            } catch (IOException e) {
                throw new DataException(
                        file.name() + " cannot be read after line "
                                + file.lines().number() + ": " + e.getMessage() + "; is it whole?",
                        e);
            }
        }
        return false;
    }

    private OpenFile begin(DataFile file) {
        try {
            OpenFile begun = new OpenFile(file.name(), new ByteLines(PlainStream.of(file)));
            open = begun;
            return begun;
        } catch (IOException e) {
            throw new DataException(file.name() + " cannot be read: " + e.getMessage(), e);
        }
    }

    private void example(OpenFile file) {
        try {
            R raw = format.parse(new JsonLine(JsonLines.object(file.lines()), settings));
            kept(encoding.encode(raw)).ifPresent(this::take);
        } catch (MalformedLineException e) {
            problems.add(file.name(), file.lines().number(), e.reason());
        } catch (IllegalArgumentException e) {
            problems.add(file.name(), file.lines().number(), String.valueOf(e.getMessage()));
        }
    }

    private void take(E example) {
        encoding.teachesNothing(example).ifPresentOrElse(account::useless, () -> {
            account.used();
            examples.accept(example);
        });
    }

    /** The example, or what is left of it when it is too long. */
    private Optional<E> kept(E example) throws MalformedLineException {
        int excess = encoding.length(example) - settings.maxLength();
        if (excess <= 0) {
            return Optional.of(example);
        }
        switch (settings.tooLong()) {
            case FAIL ->
                throw new MalformedLineException("has " + encoding.length(example) + " tokens, max_length is "
                        + settings.maxLength() + "; raise it or set too_long to DROP or TRUNCATE_LEFT");
            case DROP -> {
                account.dropped();
                return Optional.empty();
            }
            case TRUNCATE_LEFT -> {
                Optional<E> cut = encoding.withoutFirst(example, excess);
                cut.ifPresentOrElse(rest -> account.cut(), account::dropped);
                return cut;
            }
        }
        throw new AssertionError(settings.tooLong());
    }
}
