package dev.plumbline.trainer.api;

import dev.plumbline.trainer.house.HouseConnection;
import dev.plumbline.trainer.model.ModelDownload;
import dev.plumbline.trainer.run.Runs;
import dev.plumbline.trainer.spec.SpecResolver;
import java.util.concurrent.Executor;

/**
 * What the calls need.
 *
 * @param wakeWorker there is a new run, or one to be ended
 * @param watching a single thread, in which what is watched is sent
 */
public record TrainerCalls(
        Runs runs,
        SpecResolver specs,
        HouseConnection house,
        ModelDownload downloads,
        Runnable wakeWorker,
        Executor watching) {}
