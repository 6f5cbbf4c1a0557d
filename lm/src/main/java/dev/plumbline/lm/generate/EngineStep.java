package dev.plumbline.lm.generate;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * What all answers in the slots do at once: running ones get one more token each, and some of the prompts that have begun are
 * read. For the thread that drives the engine, but for {@link #statistics}.
 */
final class EngineStep {
    private final SlotDecoder decoder;
    private final SlotTable slots;
    private final PromptReading reading;
    private final int prefillTokens;
    private volatile EngineStatistics statistics;

    /** @param prefillTokens the most tokens of prompts that one step reads */
    EngineStep(SlotDecoder decoder, SlotTable slots, PromptReading reading, int prefillTokens) {
        this.decoder = decoder;
        this.slots = slots;
        this.reading = reading;
        this.prefillTokens = prefillTokens;
        this.statistics = new EngineStatistics(0, 0, 0, 0, 0, decoder.cacheBytes());
    }

    /** Of all steps so far. */
    EngineStatistics statistics() {
        return statistics;
    }

    /** Takes it; every listener hears of what came of it, and ended answers have no slot any more. */
    void take() {
        List<Answer> drawn = new ArrayList<>();
        StepInput input = decoder.input();
        input.begin();
        int running = putRunning(input, drawn);
        List<Prefill> read = reading.put(input, drawn, mostPromptTokens(drawn));
        decoder.draws().begin(drawn.size());
        drawn.forEach(answer -> answer.drawNext(decoder.draws()));
        StepResult result;
        long start = System.nanoTime();
        try {
            result = decoder.step();
            decoder.timings().allowance().took(running, input.prompts(), System.nanoTime() - start);
            read.forEach(reading::keep);
        } catch (RuntimeException e) { // the native library throws nothing more specific
            fail(e);
            releaseEnded();
            return;
        }
        report(read, result.prompts());
        int tokens = accept(drawn, result.chosen());
        int complete = (int) read.stream().filter(Prefill::complete).count();
        count(complete, input.prompts(), running > 0 ? 1 : 0, tokens);
        try {
            drawn.stream().filter(Answer::complete).forEach(reading::keep);
        } catch (RuntimeException e) {
            fail(e);
        }
        releaseEnded();
    }

    /** All answers that have not ended by themselves. */
    private void fail(RuntimeException failure) {
        slots.answers().stream()
                .filter(answer -> !answer.ended())
                .forEach(answer -> answer.generation().fail(failure));
    }

    private int mostPromptTokens(List<Answer> running) {
        boolean readAlong = running.stream()
                .anyMatch(answer -> answer.generation().listener().readsAlong());
        return readAlong ? decoder.timings().allowance().tokens(running.size()) : prefillTokens;
    }

    private void report(List<Prefill> read, List<double[]> parts) {
        Iterator<double[]> part = parts.iterator();
        for (Prefill prefill : read) {
            if (prefill.report().isPresent()) {
                prefill.report(part.next());
                if (prefill.complete()) {
                    tell(prefill);
                }
            }
        }
    }

    private void tell(Prefill prefill) {
        Generation generation = prefill.generation();
        if (!prefill.isGiven()) {
            PromptLogProbs logProbs = prefill.logProbs(decoder.vocabulary());
            deliver(prefill.first(), () -> generation.listener().onPrompt(logProbs));
            return;
        }
        GivenLogProbs given = prefill.given();
        if (given.finite()) {
            deliver(prefill.first(), () -> prefill.first().accept(given));
        } else {
            generation.fail(notFinite(prefill.ids().length));
        }
    }

    private static IllegalStateException notFinite(int tokens) {
        return new IllegalStateException("the model's logits are not finite numbers after " + tokens
                + " tokens; its weights are damaged or overflow float32");
    }

    /** The last tokens of all answers that have one; how many these are. */
    private int putRunning(StepInput input, List<Answer> drawn) {
        List<Answer> answers = slots.answers();
        int end = answers.size();
        while (end > 0 && !answers.get(end - 1).begun()) {
            end--;
        }
        for (Answer answer : answers.subList(0, end)) {
            if (answer.begun()) {
                input.run(answer.lastId(), answer.lastPosition());
                drawn.add(answer);
            } else {
                input.idle();
            }
        }
        return drawn.size();
    }

    private void count(int prompts, int promptTokens, int decodeSteps, int tokens) {
        statistics = new EngineStatistics(
                statistics.prefills() + prompts,
                statistics.prefilledTokens() + promptTokens,
                reading.reused(),
                statistics.decodeSteps() + decodeSteps,
                statistics.generatedTokens() + tokens,
                statistics.cacheBytes());
    }

    private int accept(List<Answer> answers, ChosenTokens chosen) {
        int generated = 0;
        for (int row = 0; row < answers.size(); row++) {
            Answer answer = answers.get(row);
            if (answer.ended()) {
                continue;
            }
            if (chosen.finite(row)) {
                int at = row;
                deliver(answer, () -> answer.accept(chosen.token(at)));
                generated++;
            } else {
                answer.generation().fail(notFinite(answer.lastPosition() + 1));
            }
        }
        return generated;
    }

    /** Calls a listener; one that throws fails its own request and no other. */
    static void deliver(Answer answer, Runnable news) {
        if (answer.ended()) {
            return;
        }
        try {
            news.run();
        } catch (RuntimeException e) {
            answer.generation().fail(e);
        }
    }

    /** Gives back the slots of answers that have ended, from the last on. */
    void releaseEnded() {
        for (int slot = slots.size() - 1; slot >= 0; slot--) {
            Answer answer = slots.answers().get(slot);
            if (answer.ended()) {
                if (answer.generation().failed()) {
                    decoder.memory().clear(slot);
                }
                slots.remove(slot);
            }
        }
        reading.dropEnded();
    }
}
