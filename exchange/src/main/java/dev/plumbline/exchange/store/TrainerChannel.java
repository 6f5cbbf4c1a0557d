package dev.plumbline.exchange.store;

import dev.plumbline.proto.trainer.v1.DownloadModelRequest;
import dev.plumbline.proto.trainer.v1.DownloadModelResponse;
import dev.plumbline.proto.trainer.v1.TrainerServiceGrpc;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The channel that versions are streamed over. It stays open from one version to the next, since opening one takes
 * longer than streaming a small version.
 */
final class TrainerChannel implements AutoCloseable {

    private final Function<String, ManagedChannel> channels;
    private final Duration timeout;
    private String connected = "";
    private @Nullable ManagedChannel channel;

    TrainerChannel(Function<String, ManagedChannel> channels, Duration timeout) {
        this.channels = channels;
        this.timeout = timeout;
    }

    /**
     * The pieces of a version as they arrive; whoever does not take them all must call {@link #close()}.
     *
     * @param target host and port
     */
    Iterator<DownloadModelResponse> download(String target, DownloadModelRequest request) {
        return TrainerServiceGrpc.newBlockingStub(channel(target))
                .withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .downloadModel(request);
    }

    private ManagedChannel channel(String target) {
        if (channel == null || !target.equals(connected)) {
            close();
            connected = target;
            channel = channels.apply(target);
        }
        return channel;
    }

    /** Ends what is under way; the next download opens a channel anew. */
    @Override
    public void close() {
        if (channel != null) {
            channel.shutdownNow();
            channel = null;
        }
    }
}
