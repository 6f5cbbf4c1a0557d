package dev.plumbline.exchange.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.exchange.ModelVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelStoreTest {

    private static final ModelOrigin STEP_ONE = new ModelOrigin("policy@1", "run", 1);

    private final Path root;
    private final ModelStore store;

    ModelStoreTest(@TempDir Path root) {
        this.root = root;
        store = new ModelStore(root);
    }

    @Test
    void aVersionIsThereWithItsManifestOnceItIsCommitted() throws IOException {
        StoredModel stored;
        try (Staging staging = store.begin("policy")) {
            write(staging.directory(), "config.json", "{}");
            write(staging.directory(), "nested/weights.bin", "weights");
            assertThat(store.list()).isEmpty();
            stored = staging.commit(STEP_ONE);
        }
        assertThat(stored.version()).isEqualTo(new ModelVersion("policy", 1));
        assertThat(stored.directory()).isEqualTo(root.resolve("policy/1"));
        assertThat(stored.manifest().origin()).isEqualTo(STEP_ONE);
        assertThat(stored.manifest().files())
                .containsExactly(
                        // The digests are of sha256sum.
                        new ModelFile(
                                "config.json", 2, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
                        new ModelFile(
                                "nested/weights.bin",
                                7,
                                "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"));
        assertThat(stored.manifest().totalBytes()).isEqualTo(9);
        assertThat(store.read(stored.version())).isEqualTo(stored);
        store.verify(stored.version());
    }

    @Test
    void versionsGrowByOnePerNameAndNeverFallBelowWhatWasPublished() throws IOException {
        assertThat(commit("policy", "a")).isEqualTo(new ModelVersion("policy", 1));
        assertThat(commit("policy", "b")).isEqualTo(new ModelVersion("policy", 2));
        assertThat(commit("reward", "c")).isEqualTo(new ModelVersion("reward", 1));
        try (Staging staging = store.begin("policy")) {
            write(staging.directory(), "w", "d");
            assertThat(staging.commit(STEP_ONE, 9).version()).isEqualTo(new ModelVersion("policy", 10));
        }
        assertThat(store.list())
                .extracting(ModelVersion::toString)
                .containsExactly("policy@1", "policy@2", "policy@10", "reward@1");
        assertThat(store.newest("policy")).contains(new ModelVersion("policy", 10));
        assertThat(store.newest("unknown")).isEmpty();
    }

    @Test
    void aVersionThatWasNotCommittedNeverWas() throws IOException {
        try (Staging staging = store.begin("policy")) {
            write(staging.directory(), "w", "half");
        }
        assertThat(store.list()).isEmpty();
        assertThat(root.resolve(".staging")).isEmptyDirectory();
    }

    @Test
    void whatACrashLeftBehindIsIgnoredAndCanBeDiscarded() throws IOException {
        commit("policy", "a");
        // As left by a process that died before the rename, and by one that died in the middle of a deletion.
        write(root, ".staging/policy-crashed/model.safetensors", "half");
        write(root, ".staging/deleted-crashed/manifest.json", "{}");
        ModelStore reopened = new ModelStore(root);
        assertThat(reopened.list()).containsExactly(new ModelVersion("policy", 1));
        reopened.discardUnfinished();
        assertThat(root.resolve(".staging")).isEmptyDirectory();
        assertThat(commit("policy", "b")).isEqualTo(new ModelVersion("policy", 2));
    }

    @Test
    void theSameFilesOfTheSameOriginHaveTheSameDigestWhateverTheirNumber() throws IOException {
        StoredModel first = store.read(commit("policy", "same"));
        StoredModel second = store.read(commit("policy", "same"));
        StoredModel third = store.read(commit("policy", "other"));
        assertThat(second.manifestSha256()).isEqualTo(first.manifestSha256());
        assertThat(third.manifestSha256()).isNotEqualTo(first.manifestSha256());
        assertThat(second.manifest().sameFilesAs(first.manifest())).isTrue();
        assertThat(third.manifest().sameFilesAs(first.manifest())).isFalse();
    }

    @Test
    void aLinkedVersionSharesItsFilesAndOutlivesTheOther() throws IOException {
        ModelVersion first = commit("sft", "weights");
        ModelVersion start;
        try (Staging staging = store.begin("policy")) {
            staging.linkFrom(first);
            start = staging.commit(new ModelOrigin(first.toString(), "run", 0)).version();
        }
        assertThat(Files.readAttributes(store.directory(start).resolve("w"), "unix:ino"))
                .isEqualTo(Files.readAttributes(store.directory(first).resolve("w"), "unix:ino"));
        assertThat(store.read(start).manifest().sameFilesAs(store.read(first).manifest()))
                .isTrue();
        store.delete(first);
        store.verify(start);
        assertThat(store.list()).containsExactly(start);
    }

    @Test
    void anImportTakesOverTheFilesOfADirectoryButItsManifest(@TempDir Path outside) throws IOException {
        write(outside, "config.json", "{}");
        write(outside, "sub/tokenizer.json", "{}");
        write(outside, Manifest.FILE_NAME, "of somebody else");
        try (Staging staging = store.begin("base")) {
            staging.copyFrom(outside);
            StoredModel stored = staging.commit(ModelOrigin.imported());
            assertThat(stored.manifest().files())
                    .extracting(ModelFile::path)
                    .containsExactly("config.json", "sub/tokenizer.json");
            assertThat(stored.manifest().origin()).isEqualTo(ModelOrigin.imported());
        }
    }

    @Test
    void aChangedFileIsFoundAndNamed() throws IOException {
        ModelVersion version = commit("policy", "weights");
        Path file = store.directory(version).resolve("w");
        Files.writeString(file, "weighty");
        assertThatThrownBy(() -> store.verify(version))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("SHA-256");
        Files.writeString(file, "short");
        assertThatThrownBy(() -> store.verify(version))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("5 bytes");
        Files.delete(file);
        assertThatThrownBy(() -> store.verify(version)).isInstanceOf(BadModelException.class);
    }

    @Test
    void anEmptyVersionIsRefused() {
        try (Staging staging = store.begin("policy")) {
            assertThatThrownBy(() -> staging.commit(STEP_ONE)).hasMessageContaining("must have files");
        }
        assertThat(store.list()).isEmpty();
    }

    @Test
    void aVersionThatIsNotThereIsRefusedByName() {
        assertThatThrownBy(() -> store.directory(new ModelVersion("policy", 7)))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("policy@7");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../escape", "/absolute", "a/../b", "a//b", "c:\\windows", "", "manifest.json"})
    void aManifestThatPointsOutsideIsRefused(String path) {
        assertThatThrownBy(() -> new ModelFile(path, 0, "0".repeat(64))).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "not json",
                "{}",
                "{\"format\": 2, \"files\": []}",
                "{\"format\": 1, \"files\": [{\"path\": \"w\", \"bytes\": -1, \"sha256\": \"00\"}]}"
            })
    void aManifestThatMakesNoSenseIsABadModel(String text) throws IOException {
        ModelVersion version = commit("policy", "weights");
        Files.writeString(store.directory(version).resolve(Manifest.FILE_NAME), text);
        assertThatThrownBy(() -> store.verify(version))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining(Manifest.FILE_NAME);
    }

    private ModelVersion commit(String name, String weights) throws IOException {
        try (Staging staging = store.begin(name)) {
            write(staging.directory(), "w", weights);
            return staging.commit(STEP_ONE).version();
        }
    }

    private static void write(Path directory, String file, String text) throws IOException {
        Path path = directory.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
