package dev.plumbline.trainer.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class S3StorageTest {
    private static final List<String> CREDENTIALS = List.of("aws.accessKeyId", "aws.secretAccessKey");

    private SmallS3 server;
    private DataSources sources;

    @BeforeEach
    void start() throws IOException {
        CREDENTIALS.forEach(name -> System.setProperty(name, "test"));
        server = new SmallS3();
        sources = new DataSources(new S3Storage(new S3Settings(Optional.of(server.endpoint()), Optional.empty())));
        for (String key : List.of("sft/b.jsonl", "sft/a.jsonl", "sft/_SUCCESS", "sft/deep/c.jsonl", "sft2/d.jsonl")) {
            server.put(key, key);
        }
    }

    @AfterEach
    void stop() {
        server.close();
        CREDENTIALS.forEach(System::clearProperty);
    }

    @Test
    void anObjectADirectoryOrAPatternIsReadAsOnDisk() throws IOException {
        assertThat(names("s3://bucket/sft/a.jsonl")).containsExactly("s3://bucket/sft/a.jsonl");
        assertThat(names("s3://bucket/sft"))
                .isEqualTo(names("s3://bucket/sft/"))
                .containsExactly("s3://bucket/sft/a.jsonl", "s3://bucket/sft/b.jsonl", "s3://bucket/sft/deep/c.jsonl");
        assertThat(names("s3://bucket/sft/*.jsonl"))
                .containsExactly("s3://bucket/sft/a.jsonl", "s3://bucket/sft/b.jsonl");
        assertThat(names("s3://bucket/sft*/?.jsonl"))
                .contains("s3://bucket/sft2/d.jsonl")
                .hasSize(3);
        assertThat(names("s3://bucket")).hasSize(4);
        assertThat(content("s3://bucket/sft/a.jsonl")).isEqualTo("sft/a.jsonl");
    }

    @Test
    void whatIsNotThereOrNotAllowedIsNamed() {
        assertThatThrownBy(() -> sources.files("s3://bucket/none"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("there is no object of \"s3://bucket/none\"");
        assertThatThrownBy(() -> sources.files("s3://")).hasMessageContaining("names no bucket");
        assertThatThrownBy(() -> sources.files("s3://elsewhere/a"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("NoSuchBucket it is");
        assertThatThrownBy(() -> new DataSources(ObjectStorage.NONE).files("s3://bucket/a"))
                .hasMessageContaining("this trainer reads no object storage");
        assertThatThrownBy(() -> new S3Settings(Optional.of(URI.create("localhost:9000")), Optional.empty()))
                .hasMessageContaining("plumbline.trainer.s3.endpoint must be http://host:port");
    }

    @Test
    void aBrokenConnectionIsTakenUpWhereItBroke() throws IOException {
        String digits = "0123456789".repeat(20_000);
        server.put("long.jsonl", digits);
        server.breakNext(3);
        assertThat(content("s3://bucket/long.jsonl")).isEqualTo(digits);
        assertThat(server.reads()).isEqualTo(4);
    }

    @Test
    void aConnectionThatBringsNothingMoreIsGivenUp() {
        server.put("a", "x");
        server.breakNext(100);
        assertThatThrownBy(() -> content("s3://bucket/a")).isInstanceOf(IOException.class);
    }

    @Test
    void anObjectThatIsReplacedAfterItWasListedIsRefusedAndHasAnotherDigest() throws IOException {
        DataFile before = sources.files("s3://bucket/sft/a.jsonl").get(0);
        server.put("sft/a.jsonl", "new");
        DataFile after = sources.files("s3://bucket/sft/a.jsonl").get(0);

        assertThat(before.digest()).startsWith("etag:").isNotEqualTo(after.digest());
        assertThatThrownBy(before::open).isInstanceOf(IOException.class).hasMessageContaining("PreconditionFailed");
    }

    @Test
    void anObjectMayBeLeftBeforeItsEnd() throws IOException {
        server.put("long.jsonl", "0123456789".repeat(1_000_000));
        DataFile file = sources.files("s3://bucket/long.jsonl").get(0);
        try (InputStream in = file.open()) {
            assertThat(in.readNBytes(5)).isEqualTo("01234".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(server.reads()).isEqualTo(1);
    }

    private String content(String path) throws IOException {
        try (InputStream in = sources.files(path).get(0).open()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private List<String> names(String path) {
        return sources.files(path).stream().map(DataFile::name).toList();
    }
}
