package dev.plumbline.lm.generate;

import java.util.ArrayList;
import java.util.List;

/**
 * The prompts that have a slot and are not in it as a whole, in the order of their requests; and what is kept of those that
 * were, and of answers to them.
 */
final class PromptReading {
    private final SlotDecoder decoder;
    private final SlotTable slots;
    private final PrefixCache prefixes;
    private final boolean keepsAnswers;
    private final List<Prefill> prefills = new ArrayList<>();

    /** @param keepsAnswers whether a prompt may begin with keys and values that were computed token by token */
    PromptReading(SlotDecoder decoder, SlotTable slots, boolean keepsAnswers) {
        this.decoder = decoder;
        this.slots = slots;
        this.prefixes = new PrefixCache(decoder);
        this.keepsAnswers = keepsAnswers;
    }

    /** One more, whose answers have their slots. */
    void add(Prefill prefill) {
        prefills.add(prefill);
    }

    /** Positions that are in the slot of an answer whose prompt is being read; 0 if another answer's slot takes them. */
    int read(Answer answer) {
        return prefills.stream()
                .filter(prefill -> prefill.first() == answer)
                .mapToInt(Prefill::read)
                .sum();
    }

    /**
     * Goes on in the prompts in their order, up to so many tokens, and copies what is kept of their beginnings into their slots.
     *
     * @return what the next step is to read
     */
    List<PromptPart> next(int most) {
        List<PromptPart> parts = new ArrayList<>();
        int left = most;
        for (Prefill prefill : prefills) {
            int slot = slots.answers().indexOf(prefill.first());
            if (!prefill.begun()) {
                if (waitsForPrefix(prefill)) {
                    continue;
                }
                prefill.begin();
                prefixes.load(prefill, slot);
            }
            int length = Math.min(left, prefill.left());
            if (length == 0) {
                break;
            }
            parts.add(new PromptPart(prefill, slot, prefill.read(), length));
            prefill.advance(length);
            left -= length;
        }
        prefills.removeIf(Prefill::complete);
        return parts;
    }

    private boolean waitsForPrefix(Prefill late) {
        return prefills.stream()
                .takeWhile(early -> early != late)
                .anyMatch(early -> early.begun() && prefixes.pays(late, early));
    }

    /** Keeps what has been read of a prompt, and at its end gives it to all answers. */
    void keep(Prefill prefill) {
        List<Answer> answers = slots.answers();
        int source = answers.indexOf(prefill.first());
        prefixes.store(prefill.ids(), prefill.read(), source);
        if (!prefill.complete()) {
            return;
        }
        for (Answer answer : prefill.answers().subList(1, prefill.answers().size())) {
            decoder.memory().copy(source, answers.indexOf(answer), prefill.ids().length);
        }
    }

    /** Keeps what the slot of a complete answer holds, if its caller may go on with it. */
    void keep(Answer answer) {
        if (keepsAnswers && answer.generation().request().conversation()) {
            prefixes.store(answer.ids(), answer.lastPosition(), slots.answers().indexOf(answer));
        }
    }

    /** Reads no further for answers that leave. */
    void drop(List<Answer> answers) {
        prefills.removeIf(prefill -> answers.contains(prefill.first()));
    }

    /** Reads no further for answers that have ended. */
    void dropEnded() {
        prefills.removeIf(prefill -> prefill.first().ended());
    }

    /** Tokens that were copied from sequences that began alike. */
    long reused() {
        return prefixes.reused();
    }
}
