package dev.plumbline.fuzz;

import java.util.Arrays;
import java.util.Random;

/** Bytes to which something happened on their way. */
public final class MutatedBytes {
    private MutatedBytes() {}

    /** Cut off, or with some bytes, at least one, that are others; changed in place where they are as many as before. */
    public static byte[] of(byte[] bytes, Random random) {
        int kind = random.nextInt(4);
        if (kind == 0 || bytes.length == 0) {
            return Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
        }
        if (kind == 1) {
            // Runs of ones are the largest counts, NaN and negative numbers of protobuf's wire, and never UTF-8.
            int from = random.nextInt(bytes.length);
            Arrays.fill(bytes, from, Math.min(bytes.length, from + 4), (byte) -1);
            return bytes;
        }
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }
}
