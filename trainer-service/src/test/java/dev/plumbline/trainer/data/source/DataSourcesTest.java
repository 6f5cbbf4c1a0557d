package dev.plumbline.trainer.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataSourcesTest {
    private final DataSources sources = new DataSources(ObjectStorage.NONE);

    @TempDir
    Path directory;

    @BeforeEach
    void write() throws IOException {
        for (String name : List.of("part-2.jsonl", "part-10.jsonl", "part-1.jsonl.gz", "deep/er/part-0.jsonl")) {
            Files.createDirectories(directory.resolve(name).getParent());
            Files.writeString(directory.resolve(name), name);
        }
        for (String name : List.of("_SUCCESS", ".part-2.jsonl.crc", ".git/x", "_temporary/0/y")) {
            Files.createDirectories(directory.resolve(name).getParent());
            Files.createFile(directory.resolve(name));
        }
    }

    @Test
    void aDirectoryIsAllFilesBelowItInTheOrderOfTheirNames() {
        assertThat(names(directory.toString()))
                .containsExactly("deep/er/part-0.jsonl", "part-1.jsonl.gz", "part-10.jsonl", "part-2.jsonl");
    }

    @Test
    void aPatternIsTheFilesThatMatch() {
        assertThat(names(directory + "/part-*.jsonl")).containsExactly("part-10.jsonl", "part-2.jsonl");
        assertThat(names(directory + "/part-?.jsonl{,.gz}")).containsExactly("part-1.jsonl.gz", "part-2.jsonl");
        assertThat(names(directory + "/part-[12].*")).containsExactly("part-1.jsonl.gz", "part-2.jsonl");
        assertThat(names(directory + "/*/er/*.jsonl")).containsExactly("deep/er/part-0.jsonl");
        assertThat(names(directory + "/**.jsonl"))
                .containsExactly("deep/er/part-0.jsonl", "part-10.jsonl", "part-2.jsonl");
    }

    @Test
    void aFileWhoseNameHasAWildcardIsThatFile() throws IOException {
        Files.writeString(directory.resolve("part-[12].jsonl"), "itself");
        assertThat(names(directory + "/part-[12].jsonl")).containsExactly("part-[12].jsonl");
    }

    @Test
    void whatIsNotThereIsNamed() throws IOException {
        assertThatThrownBy(() -> sources.files("")).hasMessageContaining("got no path");
        assertThatThrownBy(() -> sources.files(directory + "/none.jsonl"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("there is no file, directory or match \"" + directory + "/none.jsonl\"");
        assertThatThrownBy(() -> sources.files(directory + "/none-*"))
                .hasMessageContaining("there is no file of \"" + directory + "/none-*\"");
        assertThatThrownBy(() -> sources.files(directory + "/nowhere/*.jsonl"))
                .hasMessageContaining("there is no directory \"" + directory + "/nowhere\"");
        assertThatThrownBy(() -> sources.files(directory + "/part-[")).hasMessageContaining("is no pattern");
        Path empty = Files.createDirectory(directory.resolve("nothing"));
        assertThatThrownBy(() -> sources.files(empty.toString())).hasMessageContaining("there is no file of");
    }

    @Test
    void gzipAndZstdAreReadWhateverTheFileIsCalled() throws IOException {
        byte[] gzip = compressed(GZIPOutputStream::new, "one\n");
        assertThat(plain(gzip)).isEqualTo("one\n");
        assertThat(plain(compressed(ZstdOutputStream::new, "one\n"))).isEqualTo("one\n");
        assertThat(plain("plain\n".getBytes(StandardCharsets.UTF_8))).isEqualTo("plain\n");
        assertThat(plain(new byte[0])).isEmpty();

        byte[] spoilt = gzip.clone();
        spoilt[spoilt.length - 6] ^= 1; // in the checksum
        assertThatThrownBy(() -> plain(spoilt)).isInstanceOf(IOException.class);
    }

    @Test
    void aCompressedFileThatIsCutAnywhereIsNeverTakenForWhole() throws IOException {
        byte[] gzip = compressed(GZIPOutputStream::new, "one\n");
        byte[] zstd = compressed(ZstdOutputStream::new, "one\n");
        for (byte[] part : List.of(gzip, zstd)) {
            byte[] twice = Arrays.copyOf(part, 2 * part.length);
            System.arraycopy(part, 0, twice, part.length, part.length);
            assertThat(plain(twice)).isEqualTo("one\none\n");
            assertThat(plain(part)).isEqualTo("one\n");
            for (int length = part.length + 1; length < twice.length; length++) {
                byte[] cut = Arrays.copyOf(twice, length);
                assertThatThrownBy(() -> plain(cut)).as("%d bytes", length).isInstanceOf(IOException.class);
            }
        }
    }

    private interface Compression {
        OutputStream of(OutputStream out) throws IOException;
    }

    private static byte[] compressed(Compression compression, String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = compression.of(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    @Test
    void aDigestChangesWithTheBytes() throws IOException {
        Path file = Files.writeString(directory.resolve("abc"), "abc");
        assertThat(sources.files(file.toString()).get(0).digest())
                .isEqualTo("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    private String plain(byte[] bytes) throws IOException {
        Path file = Files.write(directory.resolve("data"), bytes);
        try (InputStream in = PlainStream.of(sources.files(file.toString()).get(0))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private List<String> names(String path) {
        return sources.files(path).stream()
                .map(file -> directory.relativize(Path.of(file.name())).toString())
                .toList();
    }
}
