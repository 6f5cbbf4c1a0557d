package dev.plumbline.policy.model;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.generate.EngineSettings;
import dev.plumbline.lm.torch.ComputeSettings;
import java.nio.file.Path;
import java.util.Optional;

/** Puts tiny models on a shelf without a feed. */
public final class TestShelf {
    private TestShelf() {}

    /** What loads tiny models with so many slots; all of one server's come from one, since they hand on its memory. */
    public static ModelLoader loader(int slots) {
        return new ModelLoader(new LocalEngines(
                new EngineSettings(slots, 4096, ComputeSettings.cpu(1)), new KeyValueBudget(2L << 30, 256 << 20, 1)));
    }

    /** A shelf that serves one version. */
    public static ModelShelf serving(ModelVersion version, Path checkpoint, ModelLoader loader) {
        ModelShelf shelf = new ModelShelf();
        add(shelf, version, checkpoint, loader);
        shelf.serve(version);
        return shelf;
    }

    public static void add(ModelShelf shelf, ModelVersion version, Path checkpoint, ModelLoader loader) {
        shelf.add(loader.load(version, checkpoint));
    }

    public static void retire(ModelShelf shelf, ModelVersion version) {
        shelf.retire(version);
    }

    public static void serve(ModelShelf shelf, ModelVersion version) {
        shelf.serve(version);
    }

    public static void expect(ModelShelf shelf, Optional<ModelVersion> version) {
        shelf.expect(version);
    }
}
