package dev.plumbline.lm.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.architecture.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointWriterTest {
    @TempDir
    Path root;

    private Checkpoint origin;

    @BeforeEach
    void create() throws IOException {
        TinyCheckpoint tiny = new TinyCheckpoint(root.resolve("origin")).write();
        Files.writeString(tiny.directory().resolve("tokenizer.json"), "{\"a\": 1}");
        Files.writeString(tiny.directory().resolve("chat_template.jinja"), "{{ messages }}");
        Files.writeString(tiny.directory().resolve("notes.txt"), "not part of the model");
        origin = Checkpoint.open(tiny.directory());
    }

    @Test
    void whatIsWrittenIsReadBackEqual() {
        Path copy = root.resolve("copy");
        new CheckpointWriter(origin, origin.config()).write(copy, contents(origin.config()));
        Checkpoint written = Checkpoint.open(copy);
        assertThat(written.config()).isEqualTo(origin.config());
        for (TensorSpec tensor : new DecoderLayout(origin.config()).tensors()) {
            assertThat(TinyCheckpoint.read(written, tensor)).isEqualTo(TinyCheckpoint.read(origin, tensor));
        }
    }

    @Test
    void configurationAndTokenizerAreTakenAlongEvenIfTheOriginIsGone() throws IOException {
        CheckpointWriter writer = new CheckpointWriter(origin, origin.config());
        List<TensorContent> contents = contents(origin.config());
        Files.delete(origin.directory().resolve("tokenizer.json"));
        Path copy = root.resolve("copy");
        writer.write(copy, contents);
        assertThat(copy.resolve("tokenizer.json")).content().isEqualTo("{\"a\": 1}");
        assertThat(copy.resolve("chat_template.jinja")).content().isEqualTo("{{ messages }}");
        assertThat(copy.resolve("notes.txt")).doesNotExist();
        JsonNode config = config(copy);
        assertThat(config.required("kept").required("as").textValue()).isEqualTo("it is");
        assertThat(config.required("torch_dtype").textValue()).isEqualTo("float32");
    }

    @Test
    void aScoreHeadOnALanguageModelChangesClassAndLabels() throws IOException {
        ModelConfig score = origin.config().withHead(HeadKind.SCORE);
        Path copy = root.resolve("copy");
        new CheckpointWriter(origin, score).write(copy, contents(score));
        assertThat(config(copy).required("architectures").get(0).textValue())
                .isEqualTo("LlamaForSequenceClassification");
        assertThat(config(copy).required("id2label")).hasSize(1);
        assertThat(Checkpoint.open(copy).config()).isEqualTo(score);
    }

    @Test
    void aScoreHeadsBiasIsAFieldOfTheConfiguration() throws IOException {
        ModelConfig score = origin.config().withHead(HeadKind.SCORE);
        CheckpointWriter writer = new CheckpointWriter(origin, score);
        writer.withScoreBias(0.1).write(root.resolve("biased"), contents(score));
        assertThat(Checkpoint.open(root.resolve("biased")).config()).isEqualTo(score.withScoreBias(0.1));
        writer.withScoreBias(0.1).withScoreBias(0).write(root.resolve("plain"), contents(score));
        assertThat(config(root.resolve("plain")).has("score_bias")).isFalse();
    }

    @Test
    void anExistingDirectoryIsNotTouched() {
        CheckpointWriter writer = new CheckpointWriter(origin, origin.config());
        assertThatThrownBy(() -> writer.write(origin.directory(), contents(origin.config())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("exists already");
    }

    @Test
    void aFailureLeavesNothingBehindAndTheNextAttemptSucceeds() throws IOException {
        CheckpointWriter writer = new CheckpointWriter(origin, origin.config());
        Path copy = root.resolve("copy");
        List<TensorContent> failing = contents(origin.config()).stream()
                .map(content -> new TensorContent(content.tensor(), () -> {
                    throw new IllegalStateException("the memory is gone");
                }))
                .toList();
        assertThatThrownBy(() -> writer.write(copy, failing)).hasMessage("the memory is gone");
        try (Stream<Path> files = Files.list(root)) {
            assertThat(files).containsExactly(origin.directory());
        }
        // As a process that was killed while it wrote would leave it.
        Files.createDirectories(root.resolve(".copy.partial/deeper"));
        Files.writeString(root.resolve(".copy.partial/deeper/model.safetensors"), "half");
        writer.write(copy, contents(origin.config()));
        assertThat(Checkpoint.open(copy).hasWeights()).isTrue();
        assertThat(root.resolve(".copy.partial")).doesNotExist();
    }

    private static JsonNode config(Path directory) throws IOException {
        return new ObjectMapper().readTree(directory.resolve("config.json").toFile());
    }

    /** The origin's tensors, and random ones for a head that it lacks. */
    private List<TensorContent> contents(ModelConfig config) {
        return new DecoderLayout(config)
                .tensors().stream()
                        .map(tensor -> new TensorContent(
                                tensor, () -> memory(origin.holds(tensor) ? origin : new RandomWeights(1), tensor)))
                        .toList();
    }

    private static ByteBuffer memory(WeightSource source, TensorSpec tensor) {
        ByteBuffer memory =
                ByteBuffer.allocateDirect(tensor.size() * Float.BYTES).order(ByteOrder.nativeOrder());
        source.read(tensor, memory);
        return memory.clear().order(ByteOrder.nativeOrder());
    }
}
