package dev.plumbline.trainer.data.source;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/** What a file says: gzip and zstd are recognised by their first bytes, whatever the file is called. */
public final class PlainStream {
    private static final byte[] GZIP = {0x1f, (byte) 0x8b};
    private static final byte[] ZSTD = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};
    private static final int BUFFER_BYTES = 1 << 16;

    private PlainStream() {}

    /** The decompressed bytes; all parts of a file that was written in several. A file cut off ends in an IOException. */
    public static InputStream of(DataFile file) throws IOException {
        InputStream raw = file.open();
        try {
            BufferedInputStream in = new BufferedInputStream(raw, BUFFER_BYTES);
            in.mark(ZSTD.length);
            byte[] first = in.readNBytes(ZSTD.length);
            in.reset();
            if (Arrays.equals(first, ZSTD)) {
                return new ZstdInputStream(new LastByteApart(in));
            }
            // Not the JDK's, which takes whatever follows a member and is no header for the end of the file.
            boolean gzip = first.length > 1 && first[0] == GZIP[0] && first[1] == GZIP[1];
            return gzip
                    ? GzipCompressorInputStream.builder()
                            .setInputStream(in)
                            .setDecompressConcatenated(true)
                            .get()
                    : in;
        } catch (IOException e) {
            raw.close();
            throw e;
        }
    }
}
