package dev.plumbline.trainer.data;

import dev.plumbline.rl.batch.Permutation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A run's examples.
 *
 * @param notes what became of the lines of each file, for people
 */
public record Dataset<E>(List<E> train, List<E> heldOut, List<String> notes) {
    /** Where the held-out choice stands among a seed's random orders; epochs and steps count from 0. */
    private static final long HELD_OUT = -1;

    public Dataset {
        train = List.copyOf(train);
        heldOut = List.copyOf(heldOut);
        notes = List.copyOf(notes);
    }

    /** Reads and encodes the data; the held-out share is chosen by the seed. Throws a DataException. */
    public static <R, E> Dataset<E> load(
            DataSettings settings, LineFormat<R> format, ExampleEncoding<R, E> encoding, long seed) {
        List<String> notes = new ArrayList<>();
        List<E> all = examples(settings, settings.path(), format, encoding, notes);
        if (settings.evalPath().isPresent()) {
            return new Dataset<>(all, examples(settings, settings.evalPath().get(), format, encoding, notes), notes);
        }
        int held =
                settings.evalFraction() == 0 ? 0 : (int) Math.max(1, Math.round(settings.evalFraction() * all.size()));
        if (held >= all.size()) {
            throw new DataException(settings.path() + " has " + all.size()
                    + " usable examples, of which eval_fraction leaves none to learn from; lower it or add examples");
        }
        int[] order = Permutation.of(all.size(), seed, HELD_OUT);
        boolean[] heldOut = new boolean[all.size()];
        for (int i = 0; i < held; i++) {
            heldOut[order[i]] = true;
        }
        List<E> train = new ArrayList<>();
        List<E> evaluation = new ArrayList<>();
        for (int i = 0; i < heldOut.length; i++) {
            (heldOut[i] ? evaluation : train).add(all.get(i));
        }
        if (held > 0) {
            notes.add("held out " + held + " of them by the run's seed");
        }
        return new Dataset<>(train, evaluation, notes);
    }

    private static <R, E> List<E> examples(
            DataSettings settings,
            Path file,
            LineFormat<R> format,
            ExampleEncoding<R, E> encoding,
            List<String> notes) {
        List<Numbered<R>> lines = JsonLines.read(settings, file, format);
        LineProblems problems = new LineProblems(file);
        List<E> examples = new ArrayList<>();
        Account account = new Account();
        for (Numbered<R> line : lines) {
            E example;
            try {
                example = encoding.encode(line.value());
            } catch (IllegalArgumentException e) {
                problems.add(line.line(), String.valueOf(e.getMessage()));
                continue;
            }
            int length = encoding.length(example);
            Optional<E> kept = length <= settings.maxLength()
                    ? Optional.of(example)
                    : tooLong(settings, encoding, example, line.line(), problems, account);
            if (kept.isPresent()) {
                Optional<String> lacking = encoding.teachesNothing(kept.get());
                lacking.ifPresentOrElse(account::useless, () -> examples.add(kept.get()));
            }
        }
        problems.throwIfAny();
        notes.add(account.note(file, lines.size(), examples.size(), settings.maxLength()));
        if (examples.isEmpty()) {
            throw new DataException("no example is left: " + account.note(file, lines.size(), 0, settings.maxLength()));
        }
        return examples;
    }

    private static <R, E> Optional<E> tooLong(
            DataSettings settings,
            ExampleEncoding<R, E> encoding,
            E example,
            long line,
            LineProblems problems,
            Account account) {
        int length = encoding.length(example);
        switch (settings.tooLong()) {
            case FAIL -> {
                problems.add(
                        line,
                        "has " + length + " tokens, max_length is " + settings.maxLength()
                                + "; raise it or set too_long to DROP or TRUNCATE_LEFT");
                return Optional.empty();
            }
            case DROP -> {
                account.dropped++;
                return Optional.empty();
            }
            case TRUNCATE_LEFT -> {
                Optional<E> cut = encoding.withoutFirst(example, length - settings.maxLength());
                if (cut.isPresent()) {
                    account.cut++;
                } else {
                    account.dropped++;
                }
                return cut;
            }
        }
        throw new AssertionError(settings.tooLong());
    }

    /** Counts what became of the lines of one file. */
    private static final class Account {
        private int dropped;
        private int cut;
        private int useless;
        private String lacking = "";

        void useless(String lacks) {
            useless++;
            lacking = lacks;
        }

        String note(Path file, int lines, int used, int maxLength) {
            StringBuilder note = new StringBuilder(file + ": " + lines + " lines read, " + used + " used");
            if (cut > 0) {
                note.append(", ")
                        .append(cut)
                        .append(" cut on the left to ")
                        .append(maxLength)
                        .append(" tokens");
            }
            if (dropped > 0) {
                note.append(", ")
                        .append(dropped)
                        .append(" left out as longer than ")
                        .append(maxLength)
                        .append(" tokens");
            }
            if (useless > 0) {
                note.append(", ")
                        .append(useless)
                        .append(" left out for want of ")
                        .append(lacking);
            }
            return note.toString();
        }
    }
}
