package dev.plumbline.policy;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Messages, serialised, that were right before something happened to them. */
final class MutatedMessages {
    private final Random random;
    private final List<Message> right;

    MutatedMessages(Random random, List<Message> right) {
        this.random = random;
        this.right = right;
    }

    /** Bytes that can still be read as such a message. */
    byte[] next() {
        while (true) {
            Message message = right.get(random.nextInt(right.size()));
            byte[] bytes = mutated(message.toByteArray());
            try {
                message.getParserForType().parseFrom(bytes);
                return bytes;
            } catch (InvalidProtocolBufferException e) {
                // No message any more: gRPC's to refuse, before the service sees it.
            }
        }
    }

    private byte[] mutated(byte[] bytes) {
        int kind = random.nextInt(4);
        if (kind == 0) {
            return Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
        }
        if (kind == 1) {
            // Runs of ones are the largest counts, NaN and negative numbers of the wire.
            int from = random.nextInt(bytes.length);
            Arrays.fill(bytes, from, Math.min(bytes.length, from + 4), (byte) -1);
            return bytes;
        }
        for (int i = 0; i <= random.nextInt(4); i++) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }
}
