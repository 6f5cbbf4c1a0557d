package dev.plumbline.reward.judge;

import dev.plumbline.exchange.ModelVersion;
import java.nio.file.Path;

/** Brings published versions onto this disk. */
public interface ModelSource extends AutoCloseable {

    /**
     * A verified checkpoint directory.
     *
     * @throws dev.plumbline.serving.error.ServiceException if the version is unknown, unreachable or damaged
     */
    Path fetch(ModelVersion version);

    /** Called once nothing more is fetched. */
    @Override
    void close();
}
