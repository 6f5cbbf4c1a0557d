package dev.plumbline.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import java.io.PrintStream;

/**
 * Where a command writes: results to {@code out}, everything about its course to {@code err}.
 *
 * @param interactive someone watches {@code err}, so that bars may be drawn over themselves
 */
record Terminal(PrintStream out, PrintStream err, boolean interactive) {
    private static final JsonFormat.Printer JSON = JsonFormat.printer().preservingProtoFieldNames();
    private static final JsonFormat.Printer JSON_LINE = JSON.omittingInsignificantWhitespace();

    /** The process' own; the script says whether it is a terminal. */
    static Terminal system() {
        return new Terminal(System.out, System.err, Boolean.getBoolean("plumbline.interactive"));
    }

    /** A message as readable JSON. */
    void json(MessageOrBuilder message) {
        out.println(print(JSON, message));
    }

    /** A message as one line of JSON. */
    void jsonLine(MessageOrBuilder message) {
        out.println(print(JSON_LINE, message));
        out.flush();
    }

    private static String print(JsonFormat.Printer printer, MessageOrBuilder message) {
        try {
            return printer.print(message);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(
                    "a " + message.getDescriptorForType().getName() + " has no form in JSON", e);
        }
    }
}
