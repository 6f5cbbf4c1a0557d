package dev.plumbline.lm.architecture;

/** What stands on top of the last layer. */
public enum HeadKind {
    /** A logit per token of the vocabulary ({@code ...ForCausalLM}, {@code GPT2LMHeadModel}). */
    CAUSAL,
    /** One number per position ({@code ...ForSequenceClassification} with one label): rewards and values. */
    SCORE
}
