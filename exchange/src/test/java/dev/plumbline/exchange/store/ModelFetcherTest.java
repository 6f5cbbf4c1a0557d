package dev.plumbline.exchange.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.plumbline.exchange.ExchangeUnavailableException;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.trainer.v1.DownloadModelResponse;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFetcherTest {

    /** Three pieces. */
    private static final int WEIGHT_BYTES = 2_500_000;

    private final Path cache;
    private final ModelStore store;
    private final StoredModel model;
    private final FakeTrainer trainer;
    private final Server server;
    private final List<ManagedChannel> channels = new ArrayList<>();
    private final ModelFetcher fetcher;

    ModelFetcherTest(@TempDir Path directory) throws IOException {
        cache = directory.resolve("cache");
        store = new ModelStore(directory.resolve("store"));
        byte[] weights = new byte[WEIGHT_BYTES];
        new Random(7).nextBytes(weights);
        try (Staging staging = store.begin("policy")) {
            Files.writeString(staging.directory().resolve("config.json"), "{}");
            Files.write(staging.directory().resolve("empty.txt"), new byte[0]);
            Files.write(staging.directory().resolve("model.safetensors"), weights);
            model = staging.commit(new ModelOrigin("", "run", 1));
        }
        trainer = new FakeTrainer(store);
        server = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(trainer)
                .build()
                .start();
        fetcher = newFetcher();
    }

    @AfterEach
    void stop() throws InterruptedException {
        channels.forEach(ManagedChannel::shutdownNow);
        server.shutdownNow().awaitTermination();
    }

    @Test
    void aFileVersionIsUsedWhereItIs() {
        assertThat(fetcher.fetch(published(model.directory().toUri().toString())))
                .isEqualTo(model.directory());
        assertThat(cache).isEmptyDirectory();
    }

    @Test
    void aGrpcVersionIsStreamedIntoTheCacheFileByFile() {
        Path fetched = fetcher.fetch(overGrpc());
        assertThat(fetched).isEqualTo(cache.resolve("policy/1"));
        assertSameFiles(fetched);
        assertThat(trainer.requests).hasSize(1);
        assertThat(cache.resolve(".partial")).isEmptyDirectory();
    }

    @Test
    void aCachedVersionIsNotFetchedAgainEvenAfterARestart() {
        fetcher.fetch(overGrpc());
        assertSameFiles(newFetcher().fetch(overGrpc()));
        assertThat(trainer.requests).hasSize(1);
    }

    @Test
    void oneChannelServesUntilADownloadFailsOrTheFetcherIsClosed() {
        fetcher.fetch(overGrpc());
        fetcher.retain(List.of());
        fetcher.fetch(overGrpc());
        assertThat(channels).hasSize(1).noneMatch(ManagedChannel::isShutdown);

        fetcher.retain(List.of());
        trainer.breakAfterPieces = 2;
        assertThatThrownBy(() -> fetcher.fetch(overGrpc())).isInstanceOf(ExchangeUnavailableException.class);
        assertThat(channels).hasSize(1).allMatch(ManagedChannel::isShutdown);

        trainer.breakAfterPieces = Integer.MAX_VALUE;
        assertSameFiles(fetcher.fetch(overGrpc()));
        assertThat(channels).hasSize(2);
        fetcher.close();
        assertThat(channels).allMatch(ManagedChannel::isShutdown);
    }

    @Test
    void aDamagedCopyInTheCacheIsFetchedAnew() throws IOException {
        Path fetched = fetcher.fetch(overGrpc());
        Files.writeString(fetched.resolve("config.json"), "[]");
        assertSameFiles(fetcher.fetch(overGrpc()));
        assertThat(trainer.requests).hasSize(2);
    }

    @Test
    void aDownloadThatBreaksOffIsNotNowAndGoesOnWhereItStopped() {
        trainer.breakAfterPieces = 4; // manifest, config.json, empty.txt, the first of the weights
        assertThatThrownBy(() -> fetcher.fetch(overGrpc()))
                .isInstanceOf(ExchangeUnavailableException.class)
                .hasMessageContaining("policy@1");
        assertThat(cache.resolve("policy")).doesNotExist();

        trainer.breakAfterPieces = Integer.MAX_VALUE;
        assertSameFiles(newFetcher().fetch(overGrpc()));
        assertThat(trainer.requests.get(1).getHaveMap())
                .containsEntry("config.json", 2L)
                .containsEntry("empty.txt", 0L)
                .containsEntry("model.safetensors", 1L << 20);
        assertThat(trainer.sentBytes).isLessThan(WEIGHT_BYTES - (1 << 20) + 10_000L);
    }

    @Test
    void aBadBeginningFromABrokenDownloadIsFetchedAgainFromTheStart() throws IOException {
        trainer.breakAfterPieces = 4;
        assertThatThrownBy(() -> fetcher.fetch(overGrpc())).isInstanceOf(ExchangeUnavailableException.class);
        trainer.breakAfterPieces = Integer.MAX_VALUE;
        Path partial = cache.resolve(".partial/policy@1-" + model.manifestSha256());
        Files.writeString(partial.resolve("model.safetensors"), "not the beginning");
        assertSameFiles(fetcher.fetch(overGrpc()));
        assertThat(trainer.requests).hasSize(3);
    }

    @Test
    void bytesThatChangeOnTheWayAreRefusedByFileAndNothingIsKept() {
        trainer.change = piece -> piece.getFile().equals("model.safetensors")
                ? piece.toBuilder()
                        .setData(piece.getData().substring(1).concat(ByteString.copyFrom(new byte[] {
                            (byte) ~piece.getData().byteAt(0)
                        })))
                        .build()
                : piece;
        assertThatThrownBy(() -> fetcher.fetch(overGrpc()))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("model.safetensors")
                .hasMessageContaining("SHA-256");
        assertThat(cache.resolve("policy")).doesNotExist();
        assertThat(cache.resolve(".partial")).isEmptyDirectory();
    }

    @Test
    void aManifestThatWasNotPublishedIsRefused() {
        ModelPublished other =
                overGrpc().toBuilder().setManifestSha256("0".repeat(64)).build();
        assertThatThrownBy(() -> fetcher.fetch(other))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("0000");
        ModelPublished inPlace =
                other.toBuilder().setUri(model.directory().toUri().toString()).build();
        assertThatThrownBy(() -> fetcher.fetch(inPlace)).isInstanceOf(BadModelException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../outside", "unexpected.txt"})
    void aFileTheManifestDoesNotNameIsNotWritten(String name) {
        trainer.change = piece -> piece.getFile().equals("config.json")
                ? DownloadModelResponse.newBuilder(piece).setFile(name).build()
                : piece;
        assertThatThrownBy(() -> fetcher.fetch(overGrpc()))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining(name);
        assertThat(cache.resolve(".partial")).isEmptyDirectory();
    }

    @Test
    void aCorruptedFileInPlaceIsRefused() throws IOException {
        Files.writeString(model.directory().resolve("config.json"), "[]");
        assertThatThrownBy(
                        () -> fetcher.fetch(published(model.directory().toUri().toString())))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("config.json");
    }

    @Test
    void aModelTheTrainerDoesNotHaveIsBadAndATrainerThatIsAwayIsNotNow() throws InterruptedException {
        ModelPublished unknown = overGrpc().toBuilder().setVersion(9).build();
        assertThatThrownBy(() -> fetcher.fetch(unknown)).isInstanceOf(BadModelException.class);
        ModelPublished published = overGrpc();
        server.shutdownNow().awaitTermination();
        assertThatThrownBy(() -> fetcher.fetch(published))
                .isInstanceOf(ExchangeUnavailableException.class)
                .hasMessageContaining("policy@1 cannot be downloaded from localhost");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "s3://bucket/policy/1",
                "not a uri",
                "http://host/policy/1",
                "file:relative",
                "grpc:///policy/1"
            })
    void anAddressThatCannotBeReadHereIsRefused(String uri) {
        assertThatThrownBy(() -> fetcher.fetch(published(uri)))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("policy@1");
    }

    @Test
    void onlyWantedVersionsStayInTheCache() {
        trainer.breakAfterPieces = 4;
        assertThatThrownBy(() -> fetcher.fetch(overGrpc())).isInstanceOf(ExchangeUnavailableException.class);
        fetcher.retain(List.of(model.version()));
        assertThat(cache.resolve(".partial")).isNotEmptyDirectory();
        fetcher.retain(List.of());
        assertThat(cache.resolve(".partial")).isEmptyDirectory();
        trainer.breakAfterPieces = Integer.MAX_VALUE;
        fetcher.fetch(overGrpc());
        fetcher.retain(List.of(model.version()));
        assertThat(cache.resolve("policy/1")).exists();
        fetcher.retain(List.of(new ModelVersion("policy", 2)));
        assertThat(cache.resolve("policy/1")).doesNotExist();
    }

    private ModelFetcher newFetcher() {
        return new ModelFetcher(cache, this::open, Duration.ofSeconds(30));
    }

    private ManagedChannel open(String target) {
        ManagedChannel channel = Grpc.newChannelBuilder(target, InsecureChannelCredentials.create())
                .build();
        channels.add(channel);
        return channel;
    }

    private ModelPublished overGrpc() {
        return published("grpc://localhost:" + server.getPort() + "/policy/1");
    }

    private ModelPublished published(String uri) {
        return ModelPublished.newBuilder()
                .setName("policy")
                .setVersion(1)
                .setUri(uri)
                .setManifestSha256(model.manifestSha256())
                .build();
    }

    private void assertSameFiles(Path fetched) {
        for (String file : List.of("config.json", "empty.txt", "model.safetensors", Manifest.FILE_NAME)) {
            assertThat(fetched.resolve(file))
                    .hasSameBinaryContentAs(model.directory().resolve(file));
        }
    }
}
