package dev.plumbline.lm.generate;

import java.util.List;

/**
 * Tokens of a prompt that a step reads.
 *
 * @param slot that they are read into
 * @param from the place of the first in the prompt
 */
record PromptPart(Prefill prefill, int slot, int from, int length) {
    /** Puts them into a step; the answers whose first token it draws. */
    List<Answer> put(StepInput input) {
        int end = from + length;
        input.read(slot, prefill.ids(), from, length);
        int first = Math.min(end, Math.max(from, prefill.skippable()));
        prefill.report().ifPresent(wanted -> input.report(end - first, prefill.known(), first + 1, wanted));
        if (end < prefill.ids().length || prefill.isGiven()) {
            return List.of();
        }
        input.follow(prefill.answers().size());
        return prefill.answers();
    }
}
