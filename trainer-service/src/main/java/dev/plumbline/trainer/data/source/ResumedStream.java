package dev.plumbline.trainer.data.source;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads on where it was when a connection breaks; gives up when several in a row bring nothing. Knows how long the whole is,
 * since some clients take a connection that breaks for the end.
 */
final class ResumedStream extends InputStream {
    private static final int ATTEMPTS = 4;

    private final Opening opening;
    private final long length;
    private InputStream in;
    private long position;

    /** Opens the bytes from a place on. */
    interface Opening {
        InputStream at(long position) throws IOException;
    }

    ResumedStream(long length, Opening opening) throws IOException {
        this.length = length;
        this.opening = opening;
        this.in = opening.at(0);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int count) throws IOException {
        if (position == length) {
            return -1;
        }
        for (int attempt = 1; ; attempt++) {
            try {
                int read = in.read(buffer, offset, count);
                if (read < 0) {
                    throw new EOFException("cut off at byte " + position + " of " + length);
                }
                position += read;
                return read;
            } catch (IOException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
                in.close();
                in = opening.at(position);
            }
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
