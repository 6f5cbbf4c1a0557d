package dev.plumbline.trainer.learn;

import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.trainer.data.DataShelf;
import dev.plumbline.trainer.data.source.DataSources;
import dev.plumbline.trainer.house.House;
import dev.plumbline.trainer.model.ModelCatalog;
import dev.plumbline.trainer.model.Publisher;
import dev.plumbline.trainer.run.ActiveRun;
import java.time.Clock;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What every stage works with.
 *
 * @param pinned versions "name@version" that the specs of runs name which have not ended
 */
public record Workshop(
        House house,
        ModelCatalog models,
        Publisher publisher,
        DataSources sources,
        ComputeSettings compute,
        Supplier<Set<String>> pinned,
        Clock clock,
        LongSupplier nanoTime) {
    /** Where a run keeps its examples. */
    public DataShelf shelf(ActiveRun run) {
        return new DataShelf(sources, run.data(), run.original().data(), run.preparation(nanoTime));
    }
}
