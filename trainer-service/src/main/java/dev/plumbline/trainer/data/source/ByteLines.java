package dev.plumbline.trainer.data.source;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The lines of a stream, one at a time, in memory for one line of at most {@link #MOST_BYTES}. Not thread-safe. */
public final class ByteLines implements Closeable {
    /** The longest line that is an example; longer ones are passed over without being kept. */
    public static final int MOST_BYTES = 16 << 20;

    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    private final InputStream in;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private final byte[] chunk = new byte[1 << 16];
    private int from;
    private int to;
    private byte[] line = new byte[1 << 12];
    private int length;
    private boolean oversized;
    private long number;

    public ByteLines(InputStream in) {
        this.in = in;
    }

    /** Goes on to the next line; false if there is none. The last one needs no newline. */
    public boolean next() throws IOException {
        length = 0;
        oversized = false;
        boolean any = false;
        while (from < to || fill()) {
            any = true;
            int end = from;
            while (end < to && chunk[end] != '\n') {
                end++;
            }
            append(end);
            boolean whole = end < to;
            from = whole ? end + 1 : end;
            if (whole) {
                break;
            }
        }
        if (any) {
            number++;
        }
        return any;
    }

    /** Which line this is, counted from 1; 0 before the first. */
    public long number() {
        return number;
    }

    /** Whether the line has more than {@link #MOST_BYTES}. */
    public boolean oversized() {
        return oversized;
    }

    /**
     * The line without its end, CR LF included, and without a byte order mark.
     *
     * @throws CharacterCodingException if it is not UTF-8
     */
    public String text() throws CharacterCodingException {
        int end = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
        int start = number == 1 && startsWithMark(end) ? BYTE_ORDER_MARK.length : 0;
        ByteBuffer bytes = ByteBuffer.wrap(line, start, end - start);
        try {
            return decoder.decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw (CharacterCodingException) new Utf8Exception(bytes.position() + 1).initCause(e);
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private boolean startsWithMark(int end) {
        return end >= BYTE_ORDER_MARK.length
                && Arrays.equals(line, 0, BYTE_ORDER_MARK.length, BYTE_ORDER_MARK, 0, BYTE_ORDER_MARK.length);
    }

    private boolean fill() throws IOException {
        from = 0;
        to = Math.max(0, in.read(chunk));
        return to > 0;
    }

    private void append(int end) {
        int more = end - from;
        if (oversized || length + more > MOST_BYTES) {
            oversized = true;
            return;
        }
        if (length + more > line.length) {
            line = Arrays.copyOf(line, Math.max(length + more, 2 * line.length));
        }
        System.arraycopy(chunk, from, line, length, more);
        length += more;
    }

    /** Says where the bytes stop being UTF-8. */
    private static final class Utf8Exception extends CharacterCodingException {
        private static final long serialVersionUID = 1L;

        private final int place;

        Utf8Exception(int place) {
            this.place = place;
        }

        @Override
        public String getMessage() {
            return "is not UTF-8 from byte " + place + " on; write the file in UTF-8";
        }
    }
}
