package dev.plumbline.exchange;

import com.google.protobuf.Message;
import java.util.List;

/**
 * From where to where a loop carries records.
 *
 * @param inputs at least one
 * @param output where answers and error records go
 */
public record Route<I extends Message, O extends Message>(List<Topic<I>> inputs, Topic<O> output) {

    public Route {
        inputs = List.copyOf(inputs);
        if (inputs.isEmpty()) {
            throw new IllegalArgumentException("a route must have an input");
        }
    }
}
