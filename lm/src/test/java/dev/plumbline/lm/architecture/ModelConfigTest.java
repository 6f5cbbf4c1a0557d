package dev.plumbline.lm.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelConfigTest {
    private static final String LLAMA = """
            {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 48, "num_attention_heads": 6,
             "num_hidden_layers": 2, "vocab_size": 100, "max_position_embeddings": 64, "intermediate_size": 96,
             "rope_theta": 10000.0, "rms_norm_eps": 1e-05}
            """;

    private static final String GPT2 = """
            {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_embd": 48, "n_head": 4, "n_layer": 2,
             "n_positions": 64, "vocab_size": 100}
            """;

    @Test
    void absentFieldsHaveTheDefaultsOfTransformers() throws JsonProcessingException {
        ModelConfig llama = parse(LLAMA, "{}");
        assertThat(llama.attention().keyValueHeads()).isEqualTo(6);
        assertThat(llama.attention().headDim()).isEqualTo(8);
        assertThat(llama.attention().inputBias()).isFalse();
        assertThat(llama.attention().windows()).containsExactly(0, 0);
        assertThat(llama.tiedEmbeddings()).isFalse();
        assertThat(llama.padId()).isEmpty();

        ModelConfig gpt2 = parse(GPT2, "{}");
        assertThat(gpt2.tiedEmbeddings()).isTrue();
        assertThat(gpt2.dimensions().intermediate()).isEqualTo(4 * 48);
        assertThat(gpt2.attention().inputBias()).isTrue();
        assertThat(gpt2.normEpsilon()).isEqualTo(1e-5);

        String mistral =
                "{'model_type': 'mistral', 'architectures': ['MistralForCausalLM']," + " 'num_key_value_heads': 2}";
        assertThat(parse(LLAMA, mistral).attention().windows()).containsExactly(4096, 4096);
        String qwen3 = "{'model_type': 'qwen3', 'architectures': ['Qwen3ForCausalLM'], 'num_key_value_heads': 2}";
        assertThat(parse(LLAMA, qwen3).attention().headDim()).isEqualTo(128);
    }

    @Test
    void qwenLayersSlideFromMaxWindowLayersOnWhenSlidingIsUsed() throws JsonProcessingException {
        String qwen2 = "{'model_type': 'qwen2', 'architectures': ['Qwen2ForCausalLM'], 'num_key_value_heads': 2,"
                + " 'sliding_window': 16, 'max_window_layers': 1, 'use_sliding_window': %s %s}";
        assertThat(parse(LLAMA, qwen2.formatted("true", "")).attention().windows())
                .containsExactly(0, 16);
        assertThat(parse(LLAMA, qwen2.formatted("false", "")).attention().windows())
                .containsExactly(0, 0);
        String types = ", 'layer_types': ['sliding_attention', 'full_attention']";
        assertThat(parse(LLAMA, qwen2.formatted("true", types)).attention().windows())
                .containsExactly(16, 0);
        assertThatThrownBy(() -> parse(LLAMA, qwen2.formatted("false", types)))
                .hasMessageContaining("use_sliding_window is off");
    }

    @Test
    void onlyAScoreHeadHasABiasAndAHeadOfAnotherKindIsNew() throws JsonProcessingException {
        String score = "{'architectures': ['LlamaForSequenceClassification'], 'num_labels': 1, 'score_bias': %s}";
        ModelConfig biased = parse(LLAMA, score.formatted("-0.75"));
        assertThat(biased.scoreBias()).isEqualTo(-0.75);
        assertThat(biased.withHead(HeadKind.SCORE)).isEqualTo(biased);
        assertThat(biased.withHead(HeadKind.CAUSAL).withHead(HeadKind.SCORE).scoreBias())
                .isZero();
        assertThat(parse(LLAMA, "{'score_bias': 3}").scoreBias()).isZero();
        assertThatThrownBy(() -> parse(LLAMA, score.formatted("'high'")))
                .hasMessageContaining("score_bias must be a finite number, got \"high\"");
    }

    @Test
    void llamaBiasesAreSwitchedByTheirFields() throws JsonProcessingException {
        ModelConfig config = parse(LLAMA, "{'attention_bias': true, 'mlp_bias': true}");
        assertThat(new DecoderLayout(config).tensors().stream().map(TensorSpec::name))
                .contains(
                        "model.layers.1.self_attn.q_proj.bias",
                        "model.layers.1.self_attn.o_proj.bias",
                        "model.layers.1.mlp.gate_proj.bias",
                        "model.layers.1.mlp.down_proj.bias");
    }

    @Test
    void llama3ScalingSlowsLongWavesKeepsShortOnesAndBlendsThoseBetween() throws JsonProcessingException {
        ModelConfig config = parse(
                LLAMA,
                "{'rope_scaling': {'rope_type': 'llama3', 'factor': 8.0,"
                        + " 'low_freq_factor': 1.0, 'high_freq_factor': 4.0, 'original_max_position_embeddings': 64}}");
        RotaryScaling scaling = ((Positions.Rotary) config.positions()).scaling();
        // Waves of 2 pi / f positions: below 64 / 4 kept, above 64 / 1 eight times slower.
        assertThat(scaling.scale(1f)).isEqualTo(1f);
        assertThat(scaling.scale(0.05f)).isEqualTo(0.05f / 8);
        // A wave of 32 positions: (64 / 32 - 1) / (4 - 1) = 1/3 of the way from slowed to kept.
        float frequency = (float) (2 * Math.PI / 32);
        assertThat(scaling.scale(frequency)).isCloseTo(frequency * (1f / 3 + 2f / 3 / 8), within(1e-7f));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {'hidden_act': 'gelu'}                              | hidden_act must be silu, got gelu
            {'hidden_size': 50}                                 | hidden_size must be a multiple of num_attention_heads
            {'num_key_value_heads': 4}                          | num_attention_heads must be a multiple of num_key_value_heads, got 6 and 4
            {'hidden_size': null}                               | hidden_size is missing
            {'vocab_size': -1}                                  | vocab_size must be >= 1, got -1
            {'vocab_size': 1.5}                                 | vocab_size must be a whole number, got 1.5
            {'head_dim': 7}                                     | head_dim must be even for rotary positions, got 7
            {'rms_norm_eps': 0}                                 | rms_norm_eps must be a number > 0, got 0
            {'tie_word_embeddings': 'yes'}                      | tie_word_embeddings must be true or false
            {'rope_scaling': {'rope_type': 'yarn'}}             | rope_scaling must be null or of rope_type llama3
            {'rope_scaling': {'rope_type': 'llama3'}}           | factor must be a number > 0, got nothing
            {'pad_token_id': 100}                               | pad_token_id must be below vocab_size 100, got 100
            {'quantization_config': {}}                         | quantization_config is not supported
            {'architectures': ['LlamaModel']}                   | architectures must be ["LlamaForCausalLM"]
            {'architectures': null}                             | architectures must be ["LlamaForCausalLM"]
            {'architectures': ['LlamaForSequenceClassification']} | a score head has one label, got 2
            {'model_type': 'bert'}                              | model_type must be one of gpt2, llama, mistral, qwen2, qwen3, got bert
            {'model_type': null}                                | got nothing
            """)
    void whatCannotBeComputedIsRefusedByFieldAndValue(String change, String message) {
        assertThatThrownBy(() -> parse(LLAMA, change))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageStartingWith("config.json: ")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {'activation_function': 'relu'}             | activation_function must be gelu_new, got relu
            {'scale_attn_by_inverse_layer_idx': true}   | scale_attn_by_inverse_layer_idx must be false, got true
            {'scale_attn_weights': false}               | scale_attn_weights must be true, got false
            {'add_cross_attention': true}               | add_cross_attention must be false, got true
            {'n_head': 5}                               | n_embd must be a multiple of n_head, got 48 and 5
            """)
    void whatGpt2CannotBeIsRefusedByFieldAndValue(String change, String message) {
        assertThatThrownBy(() -> parse(GPT2, change))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining(message);
    }

    @Test
    void allProblemsAreReportedAtOnce() {
        InvalidModelException refused = catchThrowableOfType(
                InvalidModelException.class,
                () -> parse(LLAMA, "{'hidden_act': 'relu', 'vocab_size': 0, 'num_hidden_layers': null}"));
        assertThat(refused.problems()).hasSize(3);
    }

    @Test
    void aScoreHeadMayNameItsOneLabelEitherWay() throws JsonProcessingException {
        String classification = "{'architectures': ['LlamaForSequenceClassification'], %s}";
        assertThat(parse(LLAMA, classification.formatted("'num_labels': 1")).head())
                .isEqualTo(HeadKind.SCORE);
        assertThat(parse(LLAMA, classification.formatted("'id2label': {'0': 'reward'}"))
                        .head())
                .isEqualTo(HeadKind.SCORE);
    }

    /** The object with the fields of another put over it. */
    private static ModelConfig parse(String json, String changes) throws JsonProcessingException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode config = (ObjectNode) mapper.readTree(json);
        config.setAll((ObjectNode) mapper.readTree(changes.replace('\'', '"')));
        return ModelConfig.parse("config.json", config);
    }
}
