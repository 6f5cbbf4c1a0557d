package dev.plumbline.reward.judge;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.proto.reward.v1.Verification;
import dev.plumbline.reward.judge.JudgeEngine.Pending;
import dev.plumbline.reward.judge.MeasuringTime.Kind;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.Defect;
import dev.plumbline.serving.error.ServiceException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The requests of one poll, judged together: verifiers are asked, rules applied, then there is one pass per reward model over
 * all answers that it scores, then one pass per reference and temperature. A request ends when its verifiers have answered
 * too, which may be after the sitting.
 */
final class Sitting {

    private final Bench bench;
    private final List<Case> cases;

    Sitting(Bench bench, List<Pending> batch) {
        this.bench = bench;
        this.cases = batch.stream().map(Case::new).toList();
    }

    /** A request and the drafts of its answers. */
    private static final class Case {
        private final Pending pending;
        private final List<Draft> drafts;
        private Optional<ServiceException> failure = Optional.empty();
        private Verifying verifying = Verifying.none();

        Case(Pending pending) {
            this.pending = pending;
            this.drafts = pending.request().answers().stream().map(Draft::new).toList();
        }

        JudgeRequest request() {
            return pending.request();
        }

        /** Completes the request, once its verifiers have answered. */
        void close() {
            if (failure.isPresent()) {
                pending.outcomes().completeExceptionally(failure.get());
                return;
            }
            // What becomes of it goes into the outcomes.
            var unused = verifying.ended().whenComplete((done, error) -> {
                if (error == null) {
                    pending.outcomes().complete(outcomes());
                } else {
                    pending.outcomes().completeExceptionally(unwrapped(error));
                }
            });
        }

        private List<Outcome> outcomes() {
            List<Outcome> outcomes = new ArrayList<>();
            for (int i = 0; i < drafts.size(); i++) {
                addVerifications(i);
                outcomes.add(drafts.get(i).outcome(request().reward()));
            }
            return outcomes;
        }

        private void addVerifications(int answer) {
            Draft draft = drafts.get(answer);
            for (Component component : request().reward().components()) {
                if (component.measure() instanceof Measure.ByVerifier byVerifier) {
                    Verification verification = verifying.of(byVerifier.verifier(), answer);
                    draft.values.put(component.name(), verification.getValue());
                    Verifying.refusal(component.name(), verification).ifPresent(it -> draft.refusal = Optional.of(it));
                }
            }
        }

        private static Throwable unwrapped(Throwable error) {
            return error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        }
    }

    /** A verdict in the making. */
    private static final class Draft {
        private final Answer answer;
        private final Map<String, Float> values = new LinkedHashMap<>();
        private float[] referenceLogProbs = {};
        private int truncatedTokens;
        private Optional<ServiceException> refusal = Optional.empty();

        Draft(Answer answer) {
            this.answer = answer;
        }

        Outcome outcome(Reward reward) {
            if (refusal.isPresent()) {
                return new Outcome.Refused(refusal.get());
            }
            List<Verdict.Value> listed = new ArrayList<>();
            double total = 0;
            for (Component component : reward.components()) {
                float value = values.getOrDefault(component.name(), Float.NaN);
                listed.add(new Verdict.Value(component.name(), component.weight(), value));
                total += (double) component.weight() * value;
            }
            return new Outcome.Judged(new Verdict(listed, (float) total, referenceLogProbs, truncatedTokens));
        }
    }

    /** A request's draft with the ids that a model reads for it. */
    private record Reading(Case owner, Draft draft, TokenSequence sequence) {}

    /** Answers whose reference log-probabilities are computed in one pass. */
    private record ReferencePass(ModelVersion model, float temperature) {}

    void run() {
        cases.forEach(each -> attempt(List.of(each), this::askVerifiers));
        bench.time().of(Kind.RULES, () -> cases.forEach(Sitting::applyRules));
        Set<ModelVersion> inUse = new LinkedHashSet<>();
        for (ModelVersion model : wanted(it -> it.reward().models())) {
            inUse.add(model);
            attempt(
                    having(it -> it.reward().models().contains(model)),
                    affected -> bench.time().of(Kind.MODEL, () -> score(model, affected)));
        }
        for (ReferencePass pass : wanted(Sitting::referencePass)) {
            inUse.add(pass.model());
            attempt(
                    having(it -> referencePass(it).contains(pass)),
                    affected -> bench.time().of(Kind.REFERENCE, () -> consult(pass, affected)));
        }
        cases.forEach(Case::close);
        bench.judges().shrink(inUse);
    }

    private void askVerifiers(List<Case> cases) {
        cases.forEach(each -> each.verifying = Verifying.begin(
                bench.verifiers(), each.request().reward(), each.request().answers()));
    }

    private static void applyRules(Case each) {
        for (Draft draft : each.drafts) {
            for (Component component : each.request().reward().components()) {
                if (component.measure() instanceof Measure.ByRule byRule) {
                    try {
                        draft.values.put(component.name(), byRule.rule().value(draft.answer.given()));
                    } catch (IllegalArgumentException e) {
                        draft.refusal = Optional.of(CallerFault.invalid(
                                "INVALID_GROUND_TRUTH", "ground_truth", component.name() + ": " + e.getMessage()));
                    }
                }
            }
        }
    }

    private void score(ModelVersion model, List<Case> affected) {
        JudgeModel judge = bench.judges().get(model);
        judge.requireScoreHead();
        List<Reading> readings = readings(judge, affected, judge::sequence);
        float[] scores =
                bench.known().scores(model, sequences(readings), missing -> judge.scores(missing, bench.tokenBudget()));
        for (int i = 0; i < scores.length; i++) {
            Reading reading = readings.get(i);
            float score = scores[i];
            if (!Float.isFinite(score)) {
                throw new IllegalStateException(model + " scored an answer with " + score);
            }
            reading.owner().request().reward().judges().forEach((component, measuredBy) -> {
                if (measuredBy.equals(model)) {
                    reading.draft().values.put(component, score);
                }
            });
        }
    }

    private void consult(ReferencePass pass, List<Case> affected) {
        JudgeModel reference = bench.judges().get(pass.model());
        for (Case each : affected) {
            for (Draft draft : each.drafts) {
                String vocabulary =
                        draft.answer.response().tokens().orElseThrow().vocabulary();
                reference.requireReferenceFor(vocabulary);
            }
        }
        List<Reading> readings = readings(reference, affected, Sitting::sampled);
        float[][] logProbs = bench.known()
                .logProbs(
                        pass.model(),
                        pass.temperature(),
                        sequences(readings),
                        missing -> reference.logProbs(missing, pass.temperature(), bench.tokenBudget()));
        for (int i = 0; i < logProbs.length; i++) {
            readings.get(i).draft().referenceLogProbs = logProbs[i];
        }
    }

    /**
     * What a model reads of the answers that are not refused yet; those that it cannot read are refused here, so that they are
     * no fault of the others in the pass, and those that are too long are cut or refused.
     */
    private static List<Reading> readings(
            JudgeModel judge, List<Case> affected, Function<Answer, TokenSequence> reader) {
        List<Reading> readings = new ArrayList<>();
        for (Case each : affected) {
            for (Draft draft : each.drafts) {
                if (draft.refusal.isPresent()) {
                    continue;
                }
                try {
                    TokenSequence whole = reader.apply(draft.answer);
                    judge.requireReadable(whole);
                    readings.add(new Reading(each, draft, fitted(judge, whole, each, draft)));
                } catch (ServiceException e) {
                    draft.refusal = Optional.of(e);
                } catch (IllegalArgumentException e) {
                    draft.refusal = Optional.of(
                            CallerFault.invalid("INVALID_ANSWER", "answer", String.valueOf(e.getMessage())));
                }
            }
        }
        return readings;
    }

    /** The ids exactly as they were sampled: one log-probability each, no EOS added. */
    private static TokenSequence sampled(Answer answer) {
        Response.Tokens tokens = answer.response().tokens().orElseThrow();
        int[] ids = Arrays.copyOf(tokens.prompt(), tokens.prompt().length + tokens.response().length);
        System.arraycopy(tokens.response(), 0, ids, tokens.prompt().length, tokens.response().length);
        return new TokenSequence(ids, tokens.prompt().length);
    }

    private static TokenSequence fitted(JudgeModel judge, TokenSequence whole, Case each, Draft draft) {
        int excess = whole.ids().length - judge.contextLength();
        if (excess <= 0) {
            return whole;
        }
        if (!each.request().truncate()) {
            throw CallerFault.invalid(
                    "CONTEXT_TOO_LONG",
                    "answer",
                    "prompt and answer have " + whole.ids().length + " tokens, " + judge.version() + " reads at most "
                            + judge.contextLength() + ": shorten them, or set truncate to keep the last ones");
        }
        draft.truncatedTokens = Math.max(draft.truncatedTokens, excess);
        int[] kept = Arrays.copyOfRange(whole.ids(), excess, whole.ids().length);
        return new TokenSequence(kept, Math.max(1, whole.promptLength() - excess));
    }

    private static List<TokenSequence> sequences(List<Reading> readings) {
        return readings.stream().map(Reading::sequence).toList();
    }

    private <T> Set<T> wanted(Function<JudgeRequest, Set<T>> wish) {
        Set<T> all = new LinkedHashSet<>();
        cases.forEach(each -> all.addAll(wish.apply(each.request())));
        return all;
    }

    private List<Case> having(Predicate<JudgeRequest> property) {
        return cases.stream()
                .filter(each -> each.failure.isEmpty() && property.test(each.request()))
                .toList();
    }

    private static Set<ReferencePass> referencePass(JudgeRequest request) {
        return request.reference()
                .map(model -> Set.of(new ReferencePass(model, request.temperature())))
                .orElse(Set.of());
    }

    /** What goes wrong with a model is the failure of the requests that asked for it, not of the others. */
    private static void attempt(List<Case> affected, Consumer<List<Case>> pass) {
        if (affected.isEmpty()) {
            return;
        }
        try {
            pass.accept(affected);
        } catch (ServiceException e) {
            affected.forEach(each -> each.failure = Optional.of(e));
        } catch (RuntimeException e) {
            affected.forEach(
                    each -> each.failure = Optional.of(new Defect("the answers could not be judged: " + e, e)));
        }
    }
}
