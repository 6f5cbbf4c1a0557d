package dev.plumbline.cli.client;

import dev.plumbline.cli.launch.HouseAddresses;
import dev.plumbline.exchange.KafkaSettings;
import dev.plumbline.exchange.TopicSettings;
import dev.plumbline.exchange.Topics;
import dev.plumbline.proto.policy.v1.PolicyServiceGrpc;
import dev.plumbline.proto.policy.v1.PolicyServiceGrpc.PolicyServiceBlockingStub;
import dev.plumbline.proto.reward.v1.RewardServiceGrpc;
import dev.plumbline.proto.reward.v1.RewardServiceGrpc.RewardServiceBlockingStub;
import dev.plumbline.proto.trainer.v1.TrainerServiceGrpc;
import dev.plumbline.proto.trainer.v1.TrainerServiceGrpc.TrainerServiceBlockingStub;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.util.HashMap;
import java.util.Map;

/** Connections to a house, opened when they are first used. */
public final class HouseClient implements AutoCloseable {
    /** As large as a record of the log. */
    private static final int MESSAGE_BYTES = 16 << 20;

    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private final HouseAddresses addresses;
    private final Metadata shown = new Metadata();
    private final Map<String, ManagedChannel> channels = new HashMap<>();

    /** A client of the house at these addresses. */
    public HouseClient(HouseAddresses addresses) {
        this.addresses = addresses;
    }

    /** As {@link #HouseClient(HouseAddresses)}, showing a token with every call. */
    public HouseClient(HouseAddresses addresses, String token) {
        this(addresses);
        shown.put(AUTHORIZATION, "Bearer " + token);
    }

    /** Where the house is. */
    public HouseAddresses addresses() {
        return addresses;
    }

    /** Calls to trainer-service. */
    public TrainerServiceBlockingStub trainer() {
        return TrainerServiceGrpc.newBlockingStub(to(addresses.trainer()));
    }

    /** Calls to policy-service. */
    public PolicyServiceBlockingStub policy() {
        return PolicyServiceGrpc.newBlockingStub(to(addresses.policy()));
    }

    /** Calls to reward-service. */
    public RewardServiceBlockingStub reward() {
        return RewardServiceGrpc.newBlockingStub(to(addresses.reward()));
    }

    /** The house's topics, on its broker; missing ones are not made. */
    public Topics topics(String prefix) {
        TopicSettings shape = TopicSettings.DEFAULT.withPrefix(prefix);
        return new Topics(KafkaSettings.defaults(addresses.kafka())
                .withTopics(new TopicSettings(
                        prefix, false, shape.partitions(), shape.replicationFactor(), shape.maxRecordBytes())));
    }

    /** A channel of the caller's own. */
    public ManagedChannel open(String address) {
        return NettyChannelBuilder.forTarget(address)
                .usePlaintext()
                .intercept(MetadataUtils.newAttachHeadersInterceptor(shown))
                .maxInboundMessageSize(MESSAGE_BYTES)
                .build();
    }

    @Override
    public synchronized void close() {
        channels.values().forEach(ManagedChannel::shutdownNow);
        channels.clear();
    }

    private synchronized ManagedChannel to(String address) {
        return channels.computeIfAbsent(address, this::open);
    }
}
