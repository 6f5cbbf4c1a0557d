package dev.plumbline.exchange.store;

import com.google.protobuf.ByteString;
import dev.plumbline.proto.trainer.v1.DownloadModelResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files of a download as they arrive, digested on the way. Takes nothing that the announced manifest does not name.
 */
final class ReceivedFiles implements AutoCloseable {

    private static final int MANIFEST_BYTES = 16 << 20;

    private final Path directory;
    private final String manifestSha256;
    private final Map<String, ModelFile> expected = new HashMap<>();
    private final Map<String, String> digests = new HashMap<>();
    private ByteString manifest = ByteString.EMPTY;
    private OutputStream open = OutputStream.nullOutputStream();
    private @Nullable MessageDigest digest;
    private String name = "";
    private long left;

    ReceivedFiles(Path directory, String manifestSha256) {
        this.directory = directory;
        this.manifestSha256 = manifestSha256;
    }

    /** SHA-256 of the files that came whole, by path. */
    Map<String, String> digests() {
        return digests;
    }

    void accept(DownloadModelResponse piece) throws IOException {
        if (!piece.getFile().isEmpty()) {
            requireEnded();
            begin(piece);
        }
        ByteString data = piece.getData();
        if (data.size() > left) {
            throw new BadModelException(name + " of a download is longer than announced");
        }
        left -= data.size();
        if (name.equals(Manifest.FILE_NAME)) {
            manifest = manifest.concat(data);
            if (left == 0) {
                readManifest();
            }
        } else {
            data.writeTo(open);
            noteDigest();
        }
    }

    private void noteDigest() {
        if (digest != null && left == 0) {
            digests.put(name, Sha256.of(digest));
        }
    }

    @Override
    public void close() throws IOException {
        open.close();
    }

    private void requireEnded() {
        if (left > 0) {
            throw new BadModelException(name + " of a download ends " + left + " bytes early");
        }
    }

    private void begin(DownloadModelResponse piece) throws IOException {
        open.close();
        name = piece.getFile();
        if (name.equals(Manifest.FILE_NAME)) {
            left = piece.getSize();
            if (left > MANIFEST_BYTES) {
                throw new BadModelException("a manifest must be at most " + MANIFEST_BYTES + " bytes, got " + left);
            }
            return;
        }
        ModelFile file = expected.get(name);
        if (file == null) {
            throw new BadModelException("a download contains \"" + name + "\", which its manifest does not name");
        }
        if (piece.getSize() != file.bytes() || piece.getOffset() < 0 || piece.getOffset() > file.bytes()) {
            throw new BadModelException(name + " of a download is announced as " + piece.getSize() + " bytes from "
                    + piece.getOffset() + ", its manifest says " + file.bytes());
        }
        left = file.bytes() - piece.getOffset();
        Path path = directory.resolve(name);
        Path parent = path.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        channel.truncate(piece.getOffset());
        channel.position(piece.getOffset());
        open = Channels.newOutputStream(channel);
        // What an earlier attempt has left must be read anyway.
        digest = piece.getOffset() == 0 ? Sha256.newDigest() : null;
        if (digest != null) {
            open = new DigestOutputStream(open, digest);
        }
    }

    private void readManifest() throws IOException {
        byte[] bytes = manifest.toByteArray();
        String digest = Sha256.of(bytes);
        if (!digest.equals(manifestSha256)) {
            throw new BadModelException(
                    "the manifest of a download has SHA-256 " + digest + ", published was " + manifestSha256);
        }
        Files.write(directory.resolve(Manifest.FILE_NAME), bytes);
        Manifest.read(directory).files().forEach(file -> expected.put(file.path(), file));
    }
}
