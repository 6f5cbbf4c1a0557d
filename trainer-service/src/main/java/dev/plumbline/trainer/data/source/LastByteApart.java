package dev.plumbline.trainer.data.source;

import java.io.IOException;
import java.io.InputStream;

/**
 * Gives the last byte of a stream in a read of its own. zstd-jni takes the end of the bytes for the end of a frame if that
 * frame began in its last read, after the end of another; so no frame can begin there, and one that is cut off is noticed.
 */
final class LastByteApart extends InputStream {
    private final InputStream in;
    /** The next byte, -1 at the end. */
    private int ahead;

    /** @param in of which single bytes are read quickly */
    LastByteApart(InputStream in) throws IOException {
        this.in = in;
        this.ahead = in.read();
    }

    @Override
    public int read() throws IOException {
        int next = ahead;
        ahead = next < 0 ? -1 : in.read();
        return next;
    }

    @Override
    public int read(byte[] buffer, int offset, int count) throws IOException {
        if (ahead < 0 || count == 0) {
            return count == 0 ? 0 : -1;
        }
        buffer[offset] = (byte) ahead;
        int read = 1 + Math.max(0, in.read(buffer, offset + 1, count - 1));
        ahead = in.read();
        if (ahead < 0 && read > 1) {
            read--;
            ahead = buffer[offset + read] & 0xff;
        }
        return read;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
