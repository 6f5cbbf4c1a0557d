package dev.plumbline.reward.judge;

import dev.plumbline.exchange.ModelVersion;
import java.nio.file.Path;

/** Brings published versions onto this disk. */
@FunctionalInterface
public interface ModelSource {

    /**
     * A verified checkpoint directory.
     *
     * @throws dev.plumbline.serving.error.ServiceException if the version is unknown, unreachable or damaged
     */
    Path fetch(ModelVersion version);
}
