package dev.plumbline.lm.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.plumbline.lm.architecture.InvalidModelException;
import dev.plumbline.lm.architecture.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointTest {
    private static final String NORM = "model.norm.weight";

    @TempDir
    Path directory;

    private TinyCheckpoint tiny;

    @BeforeEach
    void create() throws IOException {
        tiny = new TinyCheckpoint(directory);
    }

    @Test
    void oneFileAndShardsHoldTheSameTensors() throws IOException {
        tiny.writeShards();
        float[] sharded = embedding();
        tiny.write();
        assertThat(embedding()).isEqualTo(sharded);
    }

    private float[] embedding() {
        return TinyCheckpoint.read(
                Checkpoint.open(directory), tiny.layout().tensors().get(0));
    }

    @Test
    void bfloat16IsTheUpperHalfOfFloat32() throws IOException {
        ByteBuffer upperHalves = ByteBuffer.allocate(8 * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = {1, -2, 0.15625f, 1e30f, 0, -0f, Float.POSITIVE_INFINITY, 3};
        for (float value : values) {
            upperHalves.putShort((short) (Float.floatToIntBits(value) >>> Short.SIZE));
        }
        tiny.retype(NORM, "BF16", List.of(8), upperHalves.array()).write();
        float[] read = TinyCheckpoint.read(Checkpoint.open(directory), tensor(NORM));
        for (int i = 0; i < values.length; i++) {
            int upper = Float.floatToIntBits(values[i]) & 0xFFFF0000;
            assertThat(Float.floatToIntBits(read[i])).isEqualTo(upper);
        }
    }

    private TensorSpec tensor(String name) {
        return tiny.layout().tensors().get(tiny.layout().index(name));
    }

    @Test
    void namesWithoutTheTrunksPrefixAndLeftoversOfOlderVersionsAreRead() throws IOException {
        tiny.renameAll("model.", "")
                .zeros("layers.0.self_attn.rotary_emb.inv_freq", List.of(2))
                .zeros("lm_head.weight", List.of(10, 8))
                .write();
        assertThat(Checkpoint.open(directory).holds(tensor(NORM))).isTrue();
    }

    @Test
    void aDirectoryWithoutWeightsIsOpenedAndSaysSo() {
        Checkpoint checkpoint = Checkpoint.open(directory);
        assertThat(checkpoint.hasWeights()).isFalse();
        assertThatThrownBy(() -> TinyCheckpoint.read(checkpoint, tensor(NORM)))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("holds no tensor model.norm.weight");
    }

    @Test
    void weightsInAnotherFormatDoNotPassForNoWeights() throws IOException {
        Files.createFile(directory.resolve("pytorch_model.bin"));
        expectRefusal("pytorch_model.bin, which is not read; save it with safe_serialization=True");
    }

    @Test
    void everyMissingStrangeOrMisshapenTensorIsNamed() throws IOException {
        tiny.remove("model.layers.0.mlp.up_proj.weight")
                .zeros(NORM, List.of(9))
                .zeros("model.layers.1.mlp.up_proj.weight", List.of(12, 8))
                .zeros("score.weight", List.of(1, 8))
                .write();
        InvalidModelException refused =
                catchThrowableOfType(InvalidModelException.class, () -> Checkpoint.open(directory));
        assertThat(refused.problems())
                .containsExactly(
                        "tensor model.layers.0.mlp.up_proj.weight is missing",
                        "tensor model.norm.weight has shape [9] in model.safetensors, config.json makes it [8]",
                        "tensor model.layers.1.mlp.up_proj.weight has no place in a LlamaForCausalLM",
                        "tensor score.weight has no place in a LlamaForCausalLM");
    }

    @Test
    void aTypeThatIsNotReadIsRefused() throws IOException {
        tiny.retype(NORM, "F16", List.of(8), new byte[16]).write();
        expectRefusal("model.norm.weight has dtype F16; save it as float32 (F32) or bfloat16 (BF16)");
    }

    @Test
    void aFileThatIsCutOffAnywhereIsRefused() throws IOException {
        tiny.write();
        Path file = directory.resolve("model.safetensors");
        byte[] whole = Files.readAllBytes(file);
        for (int length : new int[] {0, 7, 8, 100, whole.length / 2, whole.length - 1}) {
            Files.write(file, Arrays.copyOf(whole, length));
            expectRefusal("model.safetensors: it ");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {'a': {'dtype': 'F32', 'shape': [2], 'data_offsets': [0, 4]}}   | is not the size of shape [2]
            {'a': {'dtype': 'F32', 'shape': [1], 'data_offsets': [-4, 0]}}  | is not the size of shape [1]
            {'a': {'dtype': 'F32', 'shape': [-1], 'data_offsets': [0, 4]}}  | has no valid shape and data_offsets
            {'a': {'dtype': 'F32', 'shape': [1]}}                           | has no valid shape and data_offsets
            {'a': {'dtype': 'F32', 'shape': [1], 'data_offsets': [0, 4]}, 'a': {}} | its header is not valid JSON
            {'a'                                                            | its header is not valid JSON
            """)
    void aHeaderThatContradictsItselfIsRefused(String header, String message) throws IOException {
        Files.write(
                directory.resolve("model.safetensors"), TinyCheckpoint.file(header.replace('\'', '"'), new byte[4]));
        expectRefusal(message);
    }

    @Test
    void whatIsNoSafetensorsFileIsRefused() throws IOException {
        Files.writeString(directory.resolve("model.safetensors"), "version https://git-lfs.github.com/spec/v1");
        expectRefusal("it is no safetensors file");
    }

    @Test
    void aShardThatIsMissingOrLacksItsTensorIsNamed() throws IOException {
        tiny.writeShards();
        Files.delete(directory.resolve("model-0.safetensors"));
        Files.copy(directory.resolve("model-2.safetensors"), directory.resolve("model-0.safetensors"));
        Files.delete(directory.resolve("model-1.safetensors"));
        InvalidModelException refused =
                catchThrowableOfType(InvalidModelException.class, () -> Checkpoint.open(directory));
        assertThat(refused.problems())
                .contains(
                        "shard model-1.safetensors of model.safetensors.index.json is missing",
                        "model.embed_tokens.weight is not in model-0.safetensors, where model.safetensors.index.json"
                                + " places it");
    }

    @Test
    void anIndexCannotLeadOutOfTheDirectory() throws IOException {
        Files.writeString(
                directory.resolve("model.safetensors.index.json"),
                "{\"weight_map\": {\"model.norm.weight\": \"../other.safetensors\"}}");
        Files.write(directory.resolveSibling("other.safetensors"), TinyCheckpoint.file("{}", new byte[0]));
        expectRefusal("shard ../other.safetensors of model.safetensors.index.json is missing");
    }

    @Test
    void aBrokenIndexIsRefused() throws IOException {
        Path index = directory.resolve("model.safetensors.index.json");
        Files.writeString(index, "{");
        expectRefusal("it is not valid JSON");
        Files.writeString(index, "{}");
        expectRefusal("its weight_map is missing or empty");
    }

    @Test
    void aMissingOrBrokenConfigurationIsRefused() throws IOException {
        Path config = directory.resolve("config.json");
        Files.writeString(config, "[]");
        expectRefusal("it must hold a JSON object");
        Files.writeString(config, "{\"model_type\"");
        expectRefusal("it is not valid JSON");
        Files.delete(config);
        expectRefusal("it holds no config.json; give the directory of a Hugging Face checkpoint");
    }

    private void expectRefusal(String message) {
        assertThatThrownBy(() -> Checkpoint.open(directory))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining(message);
    }
}
