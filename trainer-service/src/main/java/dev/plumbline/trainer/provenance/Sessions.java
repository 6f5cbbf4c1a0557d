package dev.plumbline.trainer.provenance;

import com.google.protobuf.util.Timestamps;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.lm.torch.Torch;
import dev.plumbline.proto.trainer.v1.DataFile;
import dev.plumbline.proto.trainer.v1.Provenance;
import dev.plumbline.proto.trainer.v1.RunSession;
import dev.plumbline.trainer.run.ActiveRun;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/** Notes in a run's record which process works on it, and that its data are still what they were. */
public final class Sessions {
    private Sessions() {}

    /** To be called before a run reads its data; returns what people should know of it. */
    public static Optional<String> begin(ActiveRun run, ComputeSettings compute, Clock clock) {
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
        List<DataFile> data = DataDigests.of(run.spec());
        Provenance before = run.recordSession(session, data);
        return before.getSessionsCount() == 0 || before.getDataList().equals(data)
                ? Optional.empty()
                : Optional.of("the data have changed since the run began (" + changed(before.getDataList(), data)
                        + "): what follows is learnt from others, and in another order");
    }

    /** The first file that is not as it was. */
    private static String changed(List<DataFile> before, List<DataFile> now) {
        return before.stream()
                .filter(file -> !now.contains(file))
                .findFirst()
                .map(file -> file.getPath() + " is not the one with SHA-256 " + file.getSha256())
                .orElse("there are new files");
    }
}
