package dev.plumbline.fuzz;

import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Calls of every method of a gRPC service that no client would make: each brings one message that was right before something
 * happened to it, byte by byte over the channel, and some of the callers go away. However a call ends, it must end, and its
 * status must say whose fault that is: a defect of the service is an {@link AssertionError} with the seed of the calls.
 */
public final class MutatedCalls {
    private static final Set<Status.Code> DEFECTS = Set.of(Status.Code.INTERNAL, Status.Code.UNKNOWN);

    /** A machine may be busy with others; whoever waits so long waits for ever. */
    private static final long LONGEST_SECONDS = 120;

    private final Channel channel;
    private final List<MethodDescriptor<?, ?>> methods;
    private final Map<String, List<Message>> right;

    /**
     * A call that ended without a defect.
     *
     * @param which words to find it again
     * @param method without the name of its service
     * @param answers messages of the service, serialised
     */
    public record Reply(String which, String method, Status status, List<byte[]> answers) {}

    /** What a caller does after its message. */
    private enum Ending {
        WAITS,
        LEAVES_AT_ONCE,
        LEAVES_AT_THE_FIRST_ANSWER
    }

    /**
     * Calls of all methods of a service.
     *
     * @param right requests by the names of the methods, some of each, that the service answers
     * @throws IllegalArgumentException if a method is missing there, or does not exist
     */
    public MutatedCalls(Channel channel, ServiceDescriptor service, Map<String, List<Message>> right) {
        this.channel = channel;
        this.right = Map.copyOf(right);
        // In an order of its own, so that a seed makes the same calls again.
        this.methods = service.getMethods().stream()
                .sorted(Comparator.comparing(MethodDescriptor::getFullMethodName))
                .collect(Collectors.toList());
        Set<String> names =
                methods.stream().map(MethodDescriptor::getBareMethodName).collect(Collectors.toSet());
        if (!names.equals(right.keySet())) {
            throw new IllegalArgumentException(
                    "right requests are needed for the methods " + names + ", got them for " + right.keySet());
        }
    }

    /**
     * Makes so many calls of each method, one after the other.
     *
     * @param seed of all that is random
     * @param check of each that ended
     */
    public void make(int callsOfEach, long seed, Consumer<Reply> check) throws InterruptedException {
        Random random = new Random(seed);
        for (MethodDescriptor<?, ?> method : methods) {
            String name = String.valueOf(method.getBareMethodName());
            MutatedMessages messages = new MutatedMessages(random, right.getOrDefault(name, List.of()));
            for (int i = 0; i < callsOfEach; i++) {
                String which = "seed " + seed + ", call " + i + " of " + name;
                Ending ending = Ending.values()[random.nextInt(Ending.values().length)];
                Reply reply = call(which, method, messages.next(), ending);
                if (DEFECTS.contains(reply.status().getCode())) {
                    throw new AssertionError(which + " met a defect: " + reply.status());
                }
                check.accept(reply);
            }
        }
    }

    private Reply call(String which, MethodDescriptor<?, ?> method, byte[] message, Ending ending)
            throws InterruptedException {
        ClientCall<byte[], byte[]> call = channel.newCall(
                MethodDescriptor.newBuilder(Bytes.AS_THEY_ARE, Bytes.AS_THEY_ARE)
                        .setFullMethodName(method.getFullMethodName())
                        .setType(method.getType())
                        .build(),
                CallOptions.DEFAULT);
        List<byte[]> answers = new ArrayList<>();
        CompletableFuture<Status> closed = new CompletableFuture<>();
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(byte[] answer) {
                        answers.add(answer);
                        if (ending == Ending.LEAVES_AT_THE_FIRST_ANSWER) {
                            call.cancel("no more", null);
                        }
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        closed.complete(status);
                    }
                },
                new Metadata());
        call.request(Integer.MAX_VALUE);
        call.sendMessage(message);
        if (ending == Ending.LEAVES_AT_ONCE) {
            call.cancel("never mind", null);
        } else {
            call.halfClose();
        }
        try {
            Status status = closed.get(LONGEST_SECONDS, TimeUnit.SECONDS);
            return new Reply(which, String.valueOf(method.getBareMethodName()), status, List.copyOf(answers));
        } catch (TimeoutException e) {
            throw new AssertionError(which + " has not ended after " + LONGEST_SECONDS + " s", e);
        } catch (ExecutionException e) {
            throw new AssertionError(which, e);
        }
    }

    private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
        AS_THEY_ARE;

        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
