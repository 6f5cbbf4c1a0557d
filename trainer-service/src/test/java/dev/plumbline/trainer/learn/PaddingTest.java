package dev.plumbline.trainer.learn;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.ForwardWork;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.torch.ComputeSettings;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PaddingTest {
    private static final int BUDGET = 4096; // the default of course.micro_batch_tokens
    private static final int BATCHES = 100;
    private static final double BOUND = 0.05;

    private final ModelConfig config = model();

    @Test
    void wasteIsTheShareOfAllMicroBatchesTogether() {
        MicroBatch ragged = new MicroBatch(List.of(text(1, 40), text(2, 90), text(3, 90)), 1);
        MicroBatch even = new MicroBatch(List.of(text(1, 90)), 1);
        ComputeSettings settings = ComputeSettings.cpu(1);
        Padding padding = new Padding(config, settings);
        assertThat(padding.waste()).isZero();
        padding.add(ragged);
        padding.add(even);

        ForwardWork ofRagged = ForwardWork.of(ragged, config, settings);
        ForwardWork ofEven = ForwardWork.of(even, config, settings);
        assertThat(padding.waste())
                .isPositive()
                .isEqualTo(ofRagged.padding() / (ofRagged.operations() + ofEven.operations()));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void textsOf32To256TokensWasteBelowFivePercent(int threads) {
        expectLittleWaste(threads, random -> text(random.nextInt(8192), uniform(random, 32, 256)), 32);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void textsThatBeginWithTheSameTokenWasteBelowFivePercent(int threads) {
        expectLittleWaste(threads, random -> text(1, uniform(random, 32, 256)), 32);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void answersOf1To64TokensWasteBelowFivePercent(int threads) {
        expectLittleWaste(threads, random -> episode(random.nextInt(8192), uniform(random, 1, 64)), 16);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void answersThatShareFourPromptsWasteBelowFivePercent(int threads) {
        expectLittleWaste(threads, random -> episode(random.nextInt(4), uniform(random, 1, 64)), 16);
    }

    private interface Drawn {
        TokenSequence sequence(Random random);
    }

    /** Of many batches together, as the mean over a run is. */
    private void expectLittleWaste(int threads, Drawn drawn, int size) {
        Random random = new Random(7);
        Padding padding = new Padding(config, ComputeSettings.cpu(threads));
        for (int number = 0; number < BATCHES; number++) {
            List<TokenSequence> batch = IntStream.range(0, size)
                    .mapToObj(i -> drawn.sequence(random))
                    .toList();
            for (int[] group : MicroBatches.pack(Sequences.lengths(batch), BUDGET)) {
                padding.add(new MicroBatch(Sequences.select(batch, group), 1));
            }
        }
        assertThat(padding.waste()).isPositive().isLessThan(BOUND);
    }

    private static int uniform(Random random, int least, int most) {
        return least + random.nextInt(most - least + 1);
    }

    private static TokenSequence text(int first, int length) {
        return sequence(first, 1, length);
    }

    private static TokenSequence episode(int prompt, int answer) {
        return sequence(prompt, 32, 32 + answer);
    }

    private static TokenSequence sequence(int first, int promptLength, int length) {
        int[] ids = new int[length];
        ids[0] = first;
        return new TokenSequence(ids, promptLength);
    }

    private static ModelConfig model() {
        try {
            return ModelConfig.parse("config.json", (ObjectNode) new ObjectMapper().readTree("""
                            {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 512,
                             "num_attention_heads": 8, "num_hidden_layers": 8, "vocab_size": 8192,
                             "max_position_embeddings": 1024, "intermediate_size": 1376}
                            """));
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}
