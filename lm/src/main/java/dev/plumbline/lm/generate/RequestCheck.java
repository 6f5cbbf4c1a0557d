package dev.plumbline.lm.generate;

/**
 * Whether an engine can answer a request at all.
 *
 * @param vocabulary size of the model's
 * @param layout of the cache, which bounds lengths and how many answers are generated at once
 * @param endTokens by which the model ends an answer
 */
record RequestCheck(int vocabulary, CacheLayout layout, EndTokens endTokens) {

    /** Throws what is wrong, with the fix. */
    void check(GenerationRequest request) {
        requireTokens("promptIds", request.promptIds());
        requireTokens("given", request.given());
        requireTokens("stopTokens", request.stop().stopTokens());
        TokenPreferences preferences = request.sampling().preferences();
        requireTokens(
                "bias", preferences.bias().keySet().stream().mapToInt(id -> id).toArray());
        requireTokens(
                "allowed", preferences.allowed().stream().mapToInt(id -> id).toArray());
        requireChoice(request.stop(), preferences);
        int prompt = request.promptIds().length;
        int context = layout.capacity();
        if (prompt >= context) {
            throw new ContextTooLongException("promptIds has " + prompt + " tokens, which leaves no room for an answer"
                    + " in the context of " + context + "; shorten the prompt to at most " + (context - 1));
        }
        int maxTokens = request.stop().maxTokens();
        if (maxTokens > context - prompt) {
            throw new ContextTooLongException("promptIds has " + prompt + " tokens and maxTokens is " + maxTokens
                    + ", together more than the context of " + context + "; shorten the prompt or set maxTokens to at"
                    + " most " + (context - prompt));
        }
        int together = layout.slots(prompt + maxTokens - 1);
        if (request.samples() > together) {
            throw new IllegalArgumentException("samples must be at most the engine's " + together + " slots for "
                    + (prompt + maxTokens) + " tokens, got " + request.samples()
                    + "; ask for the rest in another request with firstSample " + (request.firstSample() + together));
        }
    }

    /** Before the least number of tokens, something must be left that does not end the answer. */
    private void requireChoice(StopConditions stop, TokenPreferences preferences) {
        if (stop.minTokens() > 0 && !preferences.allowed().isEmpty()) {
            boolean choice = preferences.allowed().stream().anyMatch(id -> !ends(stop, id));
            if (!choice) {
                throw new IllegalArgumentException("allowed holds nothing but tokens that end the answer, which"
                        + " minTokens " + stop.minTokens() + " forbids; allow another token or set minTokens to 0");
            }
        }
    }

    private boolean ends(StopConditions stop, int id) {
        return (!stop.ignoreEos() && endTokens.contains(id)) || EndTokens.indexOf(stop.stopTokens(), id) >= 0;
    }

    private void requireTokens(String field, int[] ids) {
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= vocabulary) {
                throw new IllegalArgumentException(field + " must be below the vocabulary size " + vocabulary
                        + " and not negative, got " + ids[i] + " at index " + i);
            }
        }
    }
}
