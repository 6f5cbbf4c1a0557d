package dev.plumbline.cli;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.proto.trainer.v1.DrawRunsRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where a command puts the page of curves, if it is asked for one. */
final class CurvesPage {
    @Option(
            names = "--page",
            paramLabel = "FILE.html",
            description = "Write the curves, as a page for a browser that needs nothing else, to this file.")
    private Optional<Path> file = Optional.empty();

    /** Has the trainer draw the runs; says where the page is. */
    void write(HouseClient client, List<String> runIds, Terminal terminal) {
        file.ifPresent(path -> {
            String html = client.trainer()
                    .drawRuns(DrawRunsRequest.newBuilder().addAllRunIds(runIds).build())
                    .getHtml();
            try {
                Files.writeString(path, html);
            } catch (IOException e) {
                throw new CommandException(
                        ExitCode.FAILED, "--page: " + path + " cannot be written: " + e.getMessage());
            }
            terminal.err().println("curves: " + path.toAbsolutePath());
        });
    }
}
