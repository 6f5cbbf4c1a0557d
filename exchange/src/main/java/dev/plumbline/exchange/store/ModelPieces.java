package dev.plumbline.exchange.store;

import com.google.protobuf.UnsafeByteOperations;
import dev.plumbline.proto.trainer.v1.DownloadModelResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Queue;

/**
 * A version's files as the pieces of a download, {@code manifest.json} first. Reads as it is asked, so a server sends
 * no faster than its caller receives. Not for several threads.
 */
public final class ModelPieces implements Iterator<DownloadModelResponse>, AutoCloseable {

    private static final int PIECE_BYTES = 1 << 20;

    private final Path directory;
    private final Map<String, Long> have;
    private final Queue<String> files = new ArrayDeque<>();
    private InputStream open = InputStream.nullInputStream();
    private long left;

    /**
     * The pieces of a version that a caller still lacks.
     *
     * @param have by file name, how many of its first bytes the caller has; the manifest is always sent
     */
    public ModelPieces(StoredModel model, Map<String, Long> have) {
        directory = model.directory();
        this.have = Map.copyOf(have);
        files.add(Manifest.FILE_NAME);
        for (ModelFile file : model.manifest().files()) {
            if (have.getOrDefault(file.path(), -1L) != file.bytes()) {
                files.add(file.path());
            }
        }
    }

    @Override
    public boolean hasNext() {
        return left > 0 || !files.isEmpty();
    }

    @Override
    public DownloadModelResponse next() {
        try {
            DownloadModelResponse.Builder piece = DownloadModelResponse.newBuilder();
            if (left == 0) {
                start(piece);
            }
            byte[] bytes = open.readNBytes((int) Math.min(left, PIECE_BYTES));
            if (bytes.length < Math.min(left, PIECE_BYTES)) {
                throw new BadModelException("a file of " + directory + " ends " + left + " bytes early");
            }
            left -= bytes.length;
            return piece.setData(UnsafeByteOperations.unsafeWrap(bytes)).build();
        } catch (IOException e) {
            throw new UncheckedIOException("the files of " + directory + " cannot be read", e);
        }
    }

    @Override
    public void close() {
        try {
            open.close();
        } catch (IOException e) {
            throw new UncheckedIOException("a file of " + directory + " cannot be closed", e);
        }
    }

    private void start(DownloadModelResponse.Builder piece) throws IOException {
        String name = files.poll();
        if (name == null) {
            throw new NoSuchElementException("all pieces of " + directory + " were taken");
        }
        open.close();
        Path path = directory.resolve(name);
        long size = Files.size(path);
        long offset = name.equals(Manifest.FILE_NAME) ? 0 : have.getOrDefault(name, 0L);
        if (offset < 0 || offset > size) {
            offset = 0; // not a beginning of this file
        }
        open = Files.newInputStream(path);
        open.skipNBytes(offset);
        left = size - offset;
        piece.setFile(name).setSize(size).setOffset(offset);
    }
}
