package dev.plumbline.lm.generate;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * What all answers in the slots do at once: running ones get one more token each, and some of the prompts that have begun are
 * read. For the thread that drives the engine, but for {@link #statistics}.
 */
final class EngineStep {
    /**
     * What a part of the step is for.
     *
     * @param drawn the answers that get a token, in the order of the part's draws
     * @param prompts that are read
     */
    private record Share(List<Answer> drawn, List<Prefill> prompts) {}

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
        List<Answer> running = running();
        int rows = (int) running.stream().filter(Answer::begun).count();
        PromptAllowance allowance = decoder.timings().allowance();
        boolean readAlong = readAlong(running);
        // Those who read along wait least for prompts that are read on other threads.
        boolean apart = readAlong && decoder.computesTwoAtOnce();
        List<PromptPart> prompts = reading.next(readAlong ? allowance.tokens(rows, apart) : prefillTokens);
        int promptTokens = prompts.stream().mapToInt(PromptPart::length).sum();
        int tokens = running.size() + promptTokens;
        boolean beside = apart && promptTokens > 0;
        Optional<StepCut> cut = beside
                ? Optional.of(StepCut.apart(prompts.size()))
                : decoder.cut(
                        running.size(), prompts.stream().map(PromptPart::length).toList());
        StepSharing sharing = StepSharing.of(cut);
        StepWay way = beside ? StepWay.HALVES : decoder.timings().threads().next(tokens, sharing);
        List<Share> shares = shares(running, prompts, cut.filter(found -> way == StepWay.HALVES));
        List<Prefill> read = prompts.stream().map(PromptPart::prefill).toList();
        List<StepResult> results;
        try {
            long start = System.nanoTime();
            results = decoder.step(way);
            long took = System.nanoTime() - start;
            if (beside) {
                long prompting = results.get(0).nanoseconds();
                long answering = results.get(1).nanoseconds();
                allowance.tookSideBySide(rows, answering, promptTokens, prompting);
            } else {
                decoder.timings().threads().took(tokens, sharing, took);
                allowance.took(rows, promptTokens, took);
            }
            read.forEach(reading::keep);
        } catch (RuntimeException e) { // the native library throws nothing more specific
            fail(e);
            releaseEnded();
            return;
        }
        int generated = 0;
        for (int i = 0; i < shares.size(); i++) {
            report(shares.get(i).prompts(), results.get(i).prompts());
            generated += accept(shares.get(i).drawn(), results.get(i).chosen());
        }
        int complete = (int) read.stream().filter(Prefill::complete).count();
        count(complete, promptTokens, rows > 0 ? 1 : 0, generated);
        try {
            shares.forEach(
                    share -> share.drawn().stream().filter(Answer::complete).forEach(reading::keep));
        } catch (RuntimeException e) {
            fail(e);
        }
        releaseEnded();
    }

    /** The slots up to the last whose answer has begun. */
    private List<Answer> running() {
        List<Answer> answers = slots.answers();
        int end = answers.size();
        while (end > 0 && !answers.get(end - 1).begun()) {
            end--;
        }
        return answers.subList(0, end);
    }

    private List<Share> shares(List<Answer> running, List<PromptPart> prompts, Optional<StepCut> cut) {
        List<StepPart> parts = decoder.parts();
        if (cut.isEmpty()) {
            return List.of(share(parts.get(0), 0, running, prompts));
        }
        int rows = cut.get().rows();
        List<PromptPart> first = new ArrayList<>();
        List<PromptPart> second = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            (cut.get().prompts().contains(i) ? first : second).add(prompts.get(i));
        }
        return List.of(
                share(parts.get(0), 0, running.subList(0, rows), first),
                share(parts.get(1), rows, running.subList(rows, running.size()), second));
    }

    /** Fills a part of the step. */
    private static Share share(StepPart part, int firstSlot, List<Answer> running, List<PromptPart> prompts) {
        StepInput input = part.input();
        input.begin(firstSlot);
        List<Answer> drawn = new ArrayList<>();
        for (Answer answer : running) {
            if (answer.begun()) {
                input.run(answer.lastId(), answer.lastPosition());
                drawn.add(answer);
            } else {
                input.idle();
            }
        }
        prompts.forEach(prompt -> drawn.addAll(prompt.put(input)));
        part.draws().begin(drawn.size());
        drawn.forEach(answer -> answer.drawNext(part.draws()));
        return new Share(drawn, prompts.stream().map(PromptPart::prefill).toList());
    }

    /** All answers that have not ended by themselves. */
    private void fail(RuntimeException failure) {
        slots.answers().stream()
                .filter(answer -> !answer.ended())
                .forEach(answer -> answer.generation().fail(failure));
    }

    private static boolean readAlong(List<Answer> running) {
        return running.stream()
                .filter(Answer::begun)
                .anyMatch(answer -> answer.generation().listener().readsAlong());
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
