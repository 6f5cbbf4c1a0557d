package dev.plumbline.reward.judge;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.torch.ComputeSettings;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jboss.logging.Logger;

/** The judges in memory: loaded when first asked for, the one not used for longest makes room. Confined to one thread. */
final class Judges implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(Judges.class);

    private final ModelSource source;
    private final ComputeSettings compute;
    private final int capacity;
    private final Map<ModelVersion, JudgeModel> loaded = new LinkedHashMap<>(16, 0.75f, true);

    /** @param capacity models kept in memory at most, except that one sitting may need more */
    Judges(ModelSource source, ComputeSettings compute, int capacity) {
        this.source = source;
        this.compute = compute;
        this.capacity = capacity;
    }

    JudgeModel get(ModelVersion version) {
        JudgeModel known = loaded.get(version);
        if (known != null) {
            return known;
        }
        JudgeModel judge = JudgeModel.load(version, source.fetch(version), compute);
        loaded.put(version, judge);
        LOG.infof("judge %s is loaded", version);
        return judge;
    }

    /** Closes judges beyond the capacity, but none of those in use. */
    void shrink(Set<ModelVersion> inUse) {
        Iterator<Map.Entry<ModelVersion, JudgeModel>> eldestFirst =
                loaded.entrySet().iterator();
        while (loaded.size() > capacity && eldestFirst.hasNext()) {
            Map.Entry<ModelVersion, JudgeModel> entry = eldestFirst.next();
            if (!inUse.contains(entry.getKey())) {
                entry.getValue().close();
                eldestFirst.remove();
                LOG.infof("judge %s makes room", entry.getKey());
            }
        }
    }

    @Override
    public void close() {
        loaded.values().forEach(JudgeModel::close);
        loaded.clear();
        source.close();
    }
}
