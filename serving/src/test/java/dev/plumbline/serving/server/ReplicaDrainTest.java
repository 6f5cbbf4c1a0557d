package dev.plumbline.serving.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.serving.access.Access;
import dev.plumbline.serving.access.Role;
import dev.plumbline.serving.meter.ServingMeters;
import io.grpc.ManagedChannel;
import io.grpc.NameResolverRegistry;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.testing.protobuf.SimpleRequest;
import io.grpc.testing.protobuf.SimpleServiceGrpc;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two servers behind one name, and a client that balances between them and never tries a call again. */
@Timeout(60)
class ReplicaDrainTest {
    private static final int CALLERS = 8;
    private static final int CALLS_BEFORE = 500;
    private static final SimpleRequest HELLO =
            SimpleRequest.newBuilder().setRequestMessage("hello").build();

    /** A server and all that is drained of it. */
    private static final class Replica {
        private final ToyHost host = new ToyHost();
        private final ToyService service = new ToyService();
        private final Entrance entrance = new Entrance(new ServiceHealth(), new Connections(), new ActiveCalls());
        private final AtomicInteger answered = new AtomicInteger();
        private final Server server;

        private Replica() throws IOException {
            service.behaviour = call -> {
                answered.incrementAndGet();
                ToyService.answer(call, "world");
            };
            CallEdge edge = new CallEdge(
                    new CallEdge.Guard(Access.open(), method -> Role.DATA),
                    entrance.calls(),
                    new ServingMeters(new SimpleMeterRegistry()));
            server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .addService(ServerInterceptors.intercept(service, edge, entrance.connections()))
                    .build()
                    .start();
        }

        private void drain() {
            new Drain(host, entrance, Duration.ofSeconds(10), System::nanoTime).run();
        }
    }

    private final Replicas names = new Replicas();
    private final ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    private Replica leaving;
    private Replica staying;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        NameResolverRegistry.getDefaultRegistry().register(names);
        leaving = new Replica();
        staying = new Replica();
        channel = NettyChannelBuilder.forTarget(
                        "replicas:///" + leaving.server.getPort() + "," + staying.server.getPort())
                .usePlaintext()
                .disableRetry()
                .defaultLoadBalancingPolicy("round_robin")
                .build();
    }

    @AfterEach
    void stop() throws InterruptedException {
        callers.shutdownNow();
        channel.shutdownNow().awaitTermination(5, SECONDS);
        leaving.server.shutdownNow().awaitTermination(5, SECONDS);
        staying.server.shutdownNow().awaitTermination(5, SECONDS);
        NameResolverRegistry.getDefaultRegistry().deregister(names);
    }

    @Test
    void noCallIsLostWhenOneOfTwoReplicasDrainsUnderLoad() throws Exception {
        CountDownLatch underLoad = new CountDownLatch(CALLS_BEFORE);
        List<Future<Integer>> all = new ArrayList<>();
        for (int caller = 0; caller < CALLERS; caller++) {
            all.add(callers.submit(() -> {
                var stub = SimpleServiceGrpc.newBlockingStub(channel);
                int own = 0;
                while (!leaving.server.isTerminated() || own < CALLS_BEFORE) {
                    stub.withDeadlineAfter(20, SECONDS).unaryRpc(HELLO);
                    own++;
                    underLoad.countDown();
                }
                return own;
            }));
        }
        underLoad.await();

        leaving.drain();

        int calls = 0;
        for (Future<Integer> caller : all) {
            calls += caller.get();
        }
        assertThat(leaving.answered.get()).isPositive();
        assertThat(leaving.answered.get() + staying.answered.get()).isEqualTo(calls);
        assertThat(leaving.host.asked).containsExactly("stop intake", "finish", "close");
    }
}
