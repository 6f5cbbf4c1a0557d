package dev.plumbline.trainer.run;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.plumbline.proto.trainer.v1.CreateRunRequest;
import dev.plumbline.proto.trainer.v1.Run;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A run's directory: request.json (the request as it came), run.json (the run with its resolved spec and its state),
 * metrics.jsonl, versions.jsonl, checkpoints, data. A file is written beside and renamed, so that it is whole whenever the
 * process dies.
 */
final class RunFiles {
    private static final String REQUEST = "request.json";
    private static final String RUN = "run.json";
    private static final String CANCELLED = "cancel-requested";

    private final Path directory;

    RunFiles(Path directory) {
        this.directory = directory;
    }

    Path directory() {
        return directory;
    }

    Path metrics() {
        return directory.resolve("metrics.jsonl");
    }

    VersionsJournal versions() {
        return new VersionsJournal(directory.resolve("versions.jsonl"));
    }

    Path checkpoints() {
        return directory.resolve("checkpoints");
    }

    Path data() {
        return directory.resolve("data");
    }

    /** Whether creation got as far as a run that was acknowledged. */
    boolean complete() {
        return Files.exists(directory.resolve(RUN));
    }

    void create(CreateRunRequest request, Run run) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("run directory " + directory + " cannot be made", e);
        }
        write(REQUEST, request);
        write(RUN, run);
    }

    CreateRunRequest readRequest() {
        CreateRunRequest.Builder request = CreateRunRequest.newBuilder();
        read(REQUEST, request);
        return request.build();
    }

    Run readRun() {
        Run.Builder run = Run.newBuilder();
        read(RUN, run);
        return run.build();
    }

    void writeRun(Run run) {
        write(RUN, run);
    }

    boolean cancelRequested() {
        return Files.exists(directory.resolve(CANCELLED));
    }

    void requestCancel() {
        try {
            Files.write(directory.resolve(CANCELLED), new byte[0]);
        } catch (IOException e) {
            throw new UncheckedIOException("the end of " + directory.getFileName() + " cannot be noted", e);
        }
    }

    private void read(String file, Message.Builder message) {
        Path path = directory.resolve(file);
        try {
            JsonFormat.parser().merge(Files.readString(path), message);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(path + " is damaged: " + e.getMessage() + "; restore or remove the run", e);
        } catch (IOException e) {
            throw new UncheckedIOException(path + " cannot be read", e);
        }
    }

    private void write(String file, Message message) {
        Path path = directory.resolve(file);
        Path beside = directory.resolve(file + ".new");
        try {
            Files.writeString(beside, JsonFormat.printer().print(message));
            try (FileChannel channel = FileChannel.open(beside, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(beside, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UnwritableException(file, directory, message.getSerializedSize(), e);
        }
    }
}
