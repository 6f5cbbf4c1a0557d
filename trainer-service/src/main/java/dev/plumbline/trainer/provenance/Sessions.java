package dev.plumbline.trainer.provenance;

import com.google.protobuf.util.Timestamps;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.lm.torch.Torch;
import dev.plumbline.proto.trainer.v1.RunSession;
import dev.plumbline.trainer.data.source.DataSources;
import dev.plumbline.trainer.run.ActiveRun;
import java.time.Clock;

/** Notes in a run's record which process works on it, and what its data are. */
public final class Sessions {
    private Sessions() {}

    /** To be called before a run reads its data. */
    public static void begin(ActiveRun run, DataSources sources, ComputeSettings compute, Clock clock) {
        BuildVersion build = BuildVersion.current();
        RunSession session = RunSession.newBuilder()
                .setStartedAt(Timestamps.fromMillis(clock.millis()))
                .setVersion(build.version())
                .setCommit(build.commit())
                .setModified(build.modified())
                .setJavaVersion(Runtime.version().toString())
                .setLibtorchVersion(Torch.version())
                .setPlatform(System.getProperty("os.name") + " " + System.getProperty("os.arch"))
                .setComputeThreads(compute.threads())
                .build();
        run.recordSession(session, DataDigests.of(run.spec(), sources));
    }
}
