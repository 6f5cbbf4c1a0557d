package dev.plumbline.policy.model;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.generate.EngineSettings;
import dev.plumbline.lm.generate.EngineStatistics;
import dev.plumbline.lm.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The engines of one server, which hand on its memory, and what each of them has done. */
public final class CountedEngines implements EngineSource {
    private final LocalEngines engines;
    private final List<LocalEngine> opened = new ArrayList<>();

    public CountedEngines(EngineSettings settings, KeyValueBudget budget) {
        this.engines = new LocalEngines(settings, budget);
    }

    @Override
    public int slots() {
        return engines.slots();
    }

    @Override
    public long budgetBytes() {
        return engines.budgetBytes();
    }

    @Override
    public long allocatedBytes() {
        return engines.allocatedBytes();
    }

    @Override
    public long reusedTokens() {
        return engines.reusedTokens();
    }

    @Override
    public Engine open(ModelVersion version, Path directory, Tokenizer tokenizer) {
        LocalEngine engine = (LocalEngine) engines.open(version, directory, tokenizer);
        opened.add(engine);
        return engine;
    }

    /** Of the engines that there were, in their order, those included that are closed. */
    public List<EngineStatistics> statistics() {
        return opened.stream().map(LocalEngine::statistics).toList();
    }
}
