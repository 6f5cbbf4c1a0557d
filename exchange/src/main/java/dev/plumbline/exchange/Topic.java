package dev.plumbline.exchange;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A topic, typed by its message. Values are plain protobuf; JSON is read when {@code content-type} says
 * {@code application/json}. Records without any header are protobuf.
 */
public final class Topic<M extends Message> {

    /** The header that says how a value is written. */
    public static final String CONTENT_TYPE = "content-type";

    private static final Set<String> PROTOBUF_TYPES = Set.of(
            "",
            "application/protobuf",
            "application/x-protobuf",
            "application/vnd.google.protobuf",
            "application/octet-stream");

    private final String name;
    private final TopicShape shape;
    private final M prototype;
    private final Function<M, String> key;

    Topic(String name, TopicShape shape, M prototype, Function<M, String> key) {
        this.name = name;
        this.shape = shape;
        this.prototype = prototype;
        this.key = key;
    }

    /** The topic's name, prefix included. */
    public String name() {
        return name;
    }

    /** The key a message is written under. */
    public String keyOf(M message) {
        return key.apply(message);
    }

    /** Reads a value, as protobuf if the content type is empty. */
    public M decode(String contentType, byte @Nullable [] value) throws MalformedRecordException {
        if (value == null) {
            throw new MalformedRecordException("NO_VALUE", "a record of " + name + " must have a value, got none");
        }
        String mediaType = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (mediaType.equals("application/json")) {
            return decodeJson(value);
        }
        if (PROTOBUF_TYPES.contains(mediaType)) {
            return decodeProtobuf(value);
        }
        throw new MalformedRecordException(
                "UNSUPPORTED_CONTENT_TYPE",
                "content-type must be application/protobuf or application/json, got \"" + contentType + '"');
    }

    TopicShape shape() {
        return shape;
    }

    /** Full name of the message, as in {@code plumbline.exchange.v1.Prompt}. */
    String messageName() {
        return prototype.getDescriptorForType().getFullName();
    }

    @Override
    public String toString() {
        return name;
    }

    private M decodeProtobuf(byte[] value) throws MalformedRecordException {
        try {
            return typed(prototype.getParserForType().parseFrom(value));
        } catch (InvalidProtocolBufferException e) {
            throw new MalformedRecordException(
                    "MALFORMED_PROTOBUF",
                    "the value is not a " + messageName() + " in protobuf: " + e.getMessage()
                            + "; for JSON set the header content-type to application/json");
        }
    }

    private M decodeJson(byte[] value) throws MalformedRecordException {
        Message.Builder builder = prototype.newBuilderForType();
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(value))
                    .toString();
            JsonFormat.parser().merge(text, builder);
        } catch (CharacterCodingException e) {
            throw new MalformedRecordException("MALFORMED_JSON", "the value is not UTF-8");
        } catch (InvalidProtocolBufferException e) {
            throw new MalformedRecordException(
                    "MALFORMED_JSON", "the value is not a " + messageName() + " in JSON: " + e.getMessage());
        }
        return typed(builder.build());
    }

    // A message's parser and builder make messages of its own class.
    @SuppressWarnings("unchecked")
    private M typed(Message message) {
        return (M) message;
    }
}
