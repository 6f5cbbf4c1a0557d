package dev.plumbline.lm.architecture;

import java.util.Arrays;
import java.util.Optional;

/** The decoders that can be computed, as Hugging Face's {@code model_type} and class names call them. */
public enum Family {
    GPT2("gpt2", "GPT2LMHeadModel", "GPT2ForSequenceClassification"),
    LLAMA("llama", "LlamaForCausalLM", "LlamaForSequenceClassification"),
    MISTRAL("mistral", "MistralForCausalLM", "MistralForSequenceClassification"),
    QWEN2("qwen2", "Qwen2ForCausalLM", "Qwen2ForSequenceClassification"),
    QWEN3("qwen3", "Qwen3ForCausalLM", "Qwen3ForSequenceClassification");

    private final String modelType;
    private final String causalClass;
    private final String scoreClass;

    Family(String modelType, String causalClass, String scoreClass) {
        this.modelType = modelType;
        this.causalClass = causalClass;
        this.scoreClass = scoreClass;
    }

    static Optional<Family> ofModelType(String modelType) {
        return Arrays.stream(values())
                .filter(family -> family.modelType.equals(modelType))
                .findFirst();
    }

    /** The value of {@code model_type}. */
    public String modelType() {
        return modelType;
    }

    /** The class that {@code architectures} names. */
    public String className(HeadKind head) {
        return switch (head) {
            case CAUSAL -> causalClass;
            case SCORE -> scoreClass;
        };
    }
}
