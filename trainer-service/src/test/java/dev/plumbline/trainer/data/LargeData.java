package dev.plumbline.trainer.data;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.trainer.data.source.DataSources;
import dev.plumbline.trainer.data.source.ObjectStorage;
import dev.plumbline.trainer.learn.ExampleOrder;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A program for a small heap: keeps the texts of a file, takes batches over the border of an epoch, and prints how many
 * examples there are and how many bytes of heap each costs. Arguments: a checkpoint, a path of texts, a directory.
 */
final class LargeData {
    private static final int BATCH = 1000;

    private LargeData() {}

    public static void main(String[] args) {
        try (Tokenizer tokenizer = Tokenizer.load(Path.of(args[0]))) {
            TextEncoding encoding = new TextEncoding(new TextEncoder(tokenizer));
            long before = used();
            DataSettings settings = new DataSettings(
                    args[1],
                    Optional.empty(),
                    0.01,
                    1 << 20,
                    TooLong.FAIL,
                    Integer.MAX_VALUE,
                    0,
                    FieldNames.USUAL,
                    "",
                    "");
            Dataset<TokenSequence> data = new DataShelf(
                            new DataSources(ObjectStorage.NONE),
                            Path.of(args[2]),
                            Path.of(args[2]),
                            (path, lines) -> {})
                    .dataset("data", settings, new TextFormat(), encoding, 1);
            int examples = data.train().size() + data.heldOut().size();
            ExampleOrder order = ExampleOrder.endless(data.train().size(), 1);
            long tokens = 0;
            for (int index : order.slice(data.train().size() - BATCH / 2, BATCH)) {
                tokens += data.train().get(index).ids().length;
            }
            long bytes = used() - before;
            System.out.println(examples + " examples, " + (double) bytes / examples + " bytes each, "
                    + tokens / (double) BATCH + " tokens each");
            requireInUse(data, order);
        }
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Keeps what is measured from being collected before. */
    private static void requireInUse(Dataset<TokenSequence> data, ExampleOrder order) {
        if (data.train().isEmpty() || order.slice(0, 1).length != 1) {
            throw new IllegalStateException("nothing was read");
        }
    }
}
