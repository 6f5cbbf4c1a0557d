package dev.plumbline.exchange.store;

import dev.plumbline.exchange.ExchangeUnavailableException;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.trainer.v1.DownloadModelRequest;
import dev.plumbline.proto.trainer.v1.DownloadModelResponse;
import dev.plumbline.proto.trainer.v1.TrainerServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Streams a version's files into a directory of its own, which a later attempt finds again. */
final class ModelDownload {

    private final Path partials;
    private final Function<String, ManagedChannel> channels;
    private final Duration timeout;

    ModelDownload(Path partials, Function<String, ManagedChannel> channels, Duration timeout) {
        this.partials = partials;
        this.channels = channels;
        this.timeout = timeout;
    }

    /** A directory with every file of the version, verified. */
    Path fetch(ModelVersion version, String target, String manifestSha256) throws IOException {
        // Named after the digest: what another version of the same number left behind is not continued.
        Path partial = partials.resolve(version + "-" + manifestSha256);
        Files.createDirectories(partial);
        discardOthers(version, partial);
        boolean resumed = !have(partial).isEmpty();
        try {
            receive(version, target, manifestSha256, partial);
            Manifest.read(partial).verify(partial);
        } catch (BadModelException e) {
            Directories.delete(partial);
            if (!resumed) {
                throw e;
            }
            return fetch(version, target, manifestSha256); // what was left of the last attempt may be at fault
        }
        return partial;
    }

    /** Removes what broken downloads of other versions left. */
    void retain(Collection<ModelVersion> wanted) {
        try {
            for (Path partial : Directories.children(partials)) {
                if (wanted.stream().noneMatch(version -> isOf(version, partial))) {
                    Directories.delete(partial);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("unfinished downloads in " + partials + " cannot be removed", e);
        }
    }

    private void receive(ModelVersion version, String target, String manifestSha256, Path partial) throws IOException {
        DownloadModelRequest request = DownloadModelRequest.newBuilder()
                .setModel(version.toString())
                .putAllHave(have(partial))
                .build();
        ManagedChannel channel = channels.apply(target);
        try (ReceivedFiles files = new ReceivedFiles(partial, manifestSha256)) {
            Iterator<DownloadModelResponse> pieces = TrainerServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS)
                    .downloadModel(request);
            while (pieces.hasNext()) {
                files.accept(pieces.next());
            }
        } catch (StatusRuntimeException e) {
            Status.Code code = e.getStatus().getCode();
            String what = version + " cannot be downloaded from " + target + ": " + e.getStatus();
            if (code == Status.Code.NOT_FOUND || code == Status.Code.INVALID_ARGUMENT) {
                throw new BadModelException(what, e);
            }
            throw new ExchangeUnavailableException(what, e);
        } finally {
            channel.shutdownNow();
        }
    }

    private static Map<String, Long> have(Path partial) throws IOException {
        Map<String, Long> have = new HashMap<>();
        for (Path file : Directories.files(partial)) {
            String name = file.toString().replace(file.getFileSystem().getSeparator(), "/");
            if (!name.equals(Manifest.FILE_NAME)) {
                have.put(name, Files.size(partial.resolve(file)));
            }
        }
        return have;
    }

    private void discardOthers(ModelVersion version, Path partial) throws IOException {
        for (Path other : Directories.children(partials)) {
            if (!other.equals(partial) && isOf(version, other)) {
                Directories.delete(other);
            }
        }
    }

    private static boolean isOf(ModelVersion version, Path partial) {
        return String.valueOf(partial.getFileName()).startsWith(version + "-");
    }
}
