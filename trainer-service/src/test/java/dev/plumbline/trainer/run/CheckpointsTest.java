package dev.plumbline.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CheckpointsTest {
    @TempDir
    Path directory;

    @Test
    void onlyTheNewestIsKept() {
        Checkpoints checkpoints = new Checkpoints(directory);
        assertThat(checkpoints.newest()).isEmpty();
        checkpoints.write(9, at -> Files.writeString(at.resolve("a"), "9"));
        checkpoints.write(10, at -> Files.writeString(at.resolve("a"), "10"));

        assertThat(checkpoints.newest().orElseThrow().resolve("a")).hasContent("10");
        assertThat(directory).isDirectoryNotContaining(path -> path.toString().endsWith("009"));
    }

    @Test
    void oneThatCannotBeFinishedLeavesTheLastOneAlone() {
        Checkpoints checkpoints = new Checkpoints(directory);
        checkpoints.write(1, at -> Files.writeString(at.resolve("a"), "1"));
        assertThatThrownBy(() -> checkpoints.write(2, at -> {
                    Files.writeString(at.resolve("a"), "2");
                    throw new IOException("disk full");
                }))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("checkpoint of step 2");

        assertThat(checkpoints.newest().orElseThrow().resolve("a")).hasContent("1");
        checkpoints.write(3, at -> Files.writeString(at.resolve("b"), "3"));
        assertThat(checkpoints.newest().orElseThrow()).isDirectoryNotContaining("glob:**/a");
    }
}
