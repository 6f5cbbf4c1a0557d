package dev.plumbline.policy.openai;

import java.util.Optional;

/**
 * What the answer is to hold.
 *
 * @param stream by server-sent events
 * @param usage ends a stream with the tokens counted
 * @param samples of each prompt
 * @param logprobs of the answers' tokens: how many alternatives to each; empty: none at all
 * @param promptLogprobs of the prompts' tokens, likewise
 * @param echo puts the prompt before each answer
 * @param tokenIds of prompts and answers
 * @param tokensAsIds names tokens by their ids, which are unambiguous, where they would be named by their text
 * @param processed tells the log-probabilities of the distribution that tokens are really sampled from, not the plain model's
 */
record AnswerForm(
        boolean stream,
        boolean usage,
        int samples,
        Optional<Integer> logprobs,
        Optional<Integer> promptLogprobs,
        boolean echo,
        boolean tokenIds,
        boolean tokensAsIds,
        boolean processed) {}
