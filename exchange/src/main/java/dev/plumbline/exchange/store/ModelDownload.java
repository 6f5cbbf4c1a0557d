package dev.plumbline.exchange.store;

import dev.plumbline.exchange.ExchangeUnavailableException;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.trainer.v1.DownloadModelRequest;
import dev.plumbline.proto.trainer.v1.DownloadModelResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/** Streams a version's files into a directory of its own, which a later attempt finds again. */
final class ModelDownload {

    private final Path partials;
    private final TrainerChannel trainer;

    ModelDownload(Path partials, TrainerChannel trainer) {
        this.partials = partials;
        this.trainer = trainer;
    }

    /** A directory with every file of the version, verified. */
    Path fetch(ModelVersion version, String target, String manifestSha256) throws IOException {
        // Named after the digest: what another version of the same number left behind is not continued.
        Path partial = partials.resolve(version + "-" + manifestSha256);
        Files.createDirectories(partial);
        discardOthers(version, partial);
        boolean resumed = !have(partial).isEmpty();
        try {
            Map<String, String> digests = receive(version, target, manifestSha256, partial);
            Manifest.read(partial).verify(partial, digests);
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

    /** Digests of the files that came whole, by path. */
    private Map<String, String> receive(ModelVersion version, String target, String manifestSha256, Path partial)
            throws IOException {
        DownloadModelRequest request = DownloadModelRequest.newBuilder()
                .setModel(version.toString())
                .putAllHave(have(partial))
                .build();
        boolean whole = false;
        try (ReceivedFiles files = new ReceivedFiles(partial, manifestSha256)) {
            Iterator<DownloadModelResponse> pieces = trainer.download(target, request);
            while (pieces.hasNext()) {
                files.accept(pieces.next());
            }
            whole = true;
            return files.digests();
        } catch (StatusRuntimeException e) {
            Status.Code code = e.getStatus().getCode();
            String what = version + " cannot be downloaded from " + target + ": " + e.getStatus();
            if (code == Status.Code.NOT_FOUND || code == Status.Code.INVALID_ARGUMENT) {
                throw new BadModelException(what, e);
            }
            throw new ExchangeUnavailableException(what, e);
        } finally {
            if (!whole) {
                trainer.close(); // the rest must not keep coming, and a dead connection must not be used again
            }
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
