package dev.plumbline.lm.generate;

/**
 * What an engine has done since it was opened, and the memory it holds.
 *
 * @param prefills how many prompts were read, each once for all its answers
 * @param prefilledTokens tokens of prompts that were computed
 * @param reusedTokens tokens of prompts that were copied from prompts, and answers in conversations, that began alike
 * @param decodeSteps steps that gave every running answer one more token
 * @param generatedTokens tokens of all answers, the first ones included
 * @param cacheBytes memory for keys and values, allocated once
 */
public record EngineStatistics(
        long prefills,
        long prefilledTokens,
        long reusedTokens,
        long decodeSteps,
        long generatedTokens,
        long cacheBytes) {}
