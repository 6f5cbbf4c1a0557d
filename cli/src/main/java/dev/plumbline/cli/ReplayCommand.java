package dev.plumbline.cli;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.cli.client.RunWatch;
import dev.plumbline.proto.trainer.v1.GetRunRequest;
import dev.plumbline.proto.trainer.v1.ReplayRunRequest;
import dev.plumbline.proto.trainer.v1.ReplayedVersion;
import dev.plumbline.proto.trainer.v1.Run;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code plumbline replay}. */
@Command(
        name = "replay",
        description = {
            "Learn steps of a run that has ended again, from a checkpoint and the log or the dataset, and compare the weights"
                    + " with what was published.",
            "",
            "It is a run of the trainer's that waits for its turn, publishes nothing and fails if a version differs."
        })
final class ReplayCommand implements Callable<Integer> {
    private static final int SHOWN_DIGITS = 16;

    private final Terminal terminal;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HouseOptions house = new HouseOptions();

    @Parameters(index = "0", paramLabel = "RUN", description = "The run's id.")
    private String runId = "";

    @Option(
            names = "--from",
            paramLabel = "STEP",
            description =
                    "Begin at the newest checkpoint of this step or one before it. Default: the oldest checkpoint.")
    private @Nullable Long from;

    @Option(
            names = "--to",
            paramLabel = "STEP",
            description = "The last step to learn again. Default: the last one that was published.")
    private @Nullable Long to;

    @Option(names = "--detach", description = "Print the replay's run id and return; \"runs watch\" follows it.")
    private boolean detach;

    ReplayCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        ReplayRunRequest.Builder request = ReplayRunRequest.newBuilder().setRunId(runId);
        if (from != null) {
            request.setFromStep(from);
        }
        if (to != null) {
            request.setToStep(to);
        }
        try (HouseClient client = house.connect()) {
            Run queued = client.trainer().replayRun(request.build()).getRun();
            String id = queued.getRunId();
            if (detach) {
                if (output.json) {
                    terminal.json(queued);
                } else {
                    terminal.out().println(id);
                }
                return ExitCode.OK;
            }
            int code = new RunView(terminal, output.json).show(new RunWatch(client, id), id);
            if (!output.json) {
                compare(client.trainer()
                        .getRun(GetRunRequest.newBuilder().setRunId(id).build())
                        .getRun());
            }
            return code;
        }
    }

    private void compare(Run replay) {
        Table table = new Table("STEP", "MODEL", "PUBLISHED", "AGAIN", "EQUAL");
        for (ReplayedVersion version : replay.getReplay().getVersionsList()) {
            boolean equal = version.getPublishedSha256().equals(version.getReplayedSha256());
            table.row(
                    String.valueOf(version.getStep()),
                    version.getModel(),
                    shortened(version.getPublishedSha256()),
                    shortened(version.getReplayedSha256()),
                    equal ? "yes" : "NO");
        }
        table.print(terminal.out());
    }

    private static String shortened(String digest) {
        return digest.substring(0, Math.min(SHOWN_DIGITS, digest.length()));
    }
}
