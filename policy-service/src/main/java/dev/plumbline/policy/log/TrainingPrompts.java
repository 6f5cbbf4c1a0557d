package dev.plumbline.policy.log;

import dev.plumbline.exchange.Admission;
import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.RecordDeadline;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.policy.engine.Answering;
import dev.plumbline.policy.model.ModelLease;
import dev.plumbline.policy.request.AnswerPlan;
import dev.plumbline.policy.request.Ask;
import dev.plumbline.policy.request.Problems;
import dev.plumbline.policy.request.PromptInput;
import dev.plumbline.policy.request.Seeds;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Purpose;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.serving.error.NotNow;
import io.micrometer.core.instrument.DistributionSummary;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Prompts that are answered when a run's step has admitted them, by the newest version of that run, which must not be
 * older than the step's minimum. The run's contract says how; a prompt may say nothing but its run's temperature.
 */
final class TrainingPrompts implements PromptDesk {
    /** Between two looks for an admission or a version; a step waits for it, and a look is cheap. */
    private static final Duration GLANCE = Duration.ofMillis(10);

    private final HouseView view;
    private final Answering answering;
    private final DistributionSummary staleness;
    private final InstantSource clock;
    private volatile Optional<Lack> lack = Optional.empty();
    /** Of the records seen last; a topic made anew is another. */
    private volatile String topicId = "";

    /** A version that admitted prompts wait for, and since when. */
    private record Lack(String runId, ModelVersion minimum, Instant since) {}

    TrainingPrompts(HouseView view, Answering answering, DistributionSummary staleness, InstantSource clock) {
        this.view = view;
        this.answering = answering;
        this.staleness = staleness;
        this.clock = clock;
    }

    /** For how long admitted prompts have been waiting for a version that is not here; empty if none do. */
    Optional<Duration> waiting() {
        Optional<Lack> now = lack;
        if (now.isPresent() && isServed(now.get())) {
            lack = Optional.empty();
        }
        return lack.map(missing -> Duration.between(missing.since(), clock.instant()));
    }

    /** What is waited for, for people. */
    String waitingFor() {
        return lack.map(missing -> missing.minimum() + " or newer of run " + missing.runId())
                .orElse("nothing");
    }

    /** One past the last offset of a partition that a step has admitted; 0 if none was. */
    long admittedUpTo(int partition) {
        return view.admittedUpTo(topicId, partition);
    }

    @Override
    public Optional<Assignment> assign(Incoming<Prompt> record) {
        topicId = record.identity().topicId();
        Admission admission = view.admission(record.identity(), record.message().getRunId());
        if (admission instanceof Admission.PassedOver) {
            return Optional.empty();
        }
        if (admission instanceof Admission.Waiting waiting) {
            throw NotNow.unavailable("NOT_ADMITTED", waiting.reason(), GLANCE);
        }
        return Optional.of(assign(record, (Admission.Member) admission));
    }

    @Override
    public Optional<Assignment.Membership> membership(RecordIdentity record, Prompt prompt) {
        return view.admission(record, prompt.getRunId()) instanceof Admission.Member member
                ? Optional.of(membership(member))
                : Optional.empty();
    }

    private static Assignment.Membership membership(Admission.Member member) {
        return new Assignment.Membership(member.run().getRunId(), member.step());
    }

    private Assignment assign(Incoming<Prompt> record, Admission.Member member) {
        RunContract run = member.run();
        refuseOverrides(record, run);
        ModelLease lease = lease(member);
        try {
            Ask ask = new Ask(
                    PromptInput.of(record.message()),
                    run.getSampling().toBuilder().clearSeed().build(),
                    run.getStopping());
            int maxPromptTokens = run.getMaxPromptTokens() > 0 ? run.getMaxPromptTokens() : Integer.MAX_VALUE;
            AnswerPlan plan = answering
                    .reader()
                    .read(ask, seed(record, run), maxPromptTokens, lease.model().text());
            measureStaleness(member.step(), lease.version());
            return new Assignment(lease, plan, Optional.of(membership(member)));
        } catch (RuntimeException e) {
            lease.close();
            throw e;
        }
    }

    /** Reference and learner compute at the run's temperature over the whole vocabulary, so nothing else may be drawn. */
    private static void refuseOverrides(Incoming<Prompt> record, RunContract run) {
        Prompt prompt = record.message();
        Problems problems = new Problems();
        if (record.headers().containsKey(RecordDeadline.HEADER)) {
            problems.add(
                    "INVALID_DEADLINE",
                    RecordDeadline.HEADER,
                    "a step waits for all of its prompts: leave out the header " + RecordDeadline.HEADER);
        }
        if (prompt.getPurpose() == Purpose.PURPOSE_EVALUATION) {
            problems.add(
                    "INVALID_PURPOSE",
                    "purpose",
                    "a prompt of the training topic is trained on: send evaluation prompts to plumbline.prompts.v1");
        }
        Sampling own = prompt.getSampling();
        float temperature = run.getSampling().getTemperature();
        if (own.hasTemperature() && own.getTemperature() != temperature) {
            problems.add(
                    "INVALID_SAMPLING",
                    "sampling.temperature",
                    "run " + run.getRunId() + " samples at temperature " + temperature + ", got " + own.getTemperature()
                            + ": leave it unset");
        }
        if (!own.toBuilder().clearTemperature().build().equals(Sampling.getDefaultInstance())) {
            problems.add(
                    "INVALID_SAMPLING",
                    "sampling",
                    "a training prompt may set nothing but its run's temperature: leave the rest to the run");
        }
        if (prompt.hasStopping()) {
            problems.add(
                    "INVALID_STOPPING",
                    "stopping",
                    "the run's contract decides when answers end: leave stopping unset");
        }
        problems.throwIfAny();
    }

    private ModelLease lease(Admission.Member member) {
        RunContract run = member.run();
        Optional<ModelLease> lease = answering
                .shelf()
                .leaseNewest(run.getPolicy(), version -> serves(run.getRunId(), member.minimum(), version));
        if (lease.isEmpty()) {
            Lack missing = new Lack(run.getRunId(), member.minimum(), clock.instant());
            lack = lack.or(() -> Optional.of(missing));
            throw NotNow.unavailable(
                    "NO_MODEL",
                    "step " + member.step() + " of run " + run.getRunId() + " needs " + member.minimum()
                            + " or newer, here are " + answering.shelf().available(),
                    GLANCE);
        }
        lack = Optional.empty();
        return lease.get();
    }

    private boolean isServed(Lack missing) {
        return answering.shelf().available().stream()
                .anyMatch(version -> serves(missing.runId(), missing.minimum(), version));
    }

    /**
     * Versions are compared by the run's step they were published after: numbers also grow when steps are learned again.
     */
    private boolean serves(String runId, ModelVersion minimum, ModelVersion version) {
        if (version.equals(minimum)) {
            return true;
        }
        Optional<ModelPublished> oldest = view.model(minimum);
        Optional<ModelPublished> candidate = view.model(version);
        return oldest.isPresent()
                && candidate.isPresent()
                && candidate.get().getRunId().equals(runId)
                && candidate.get().getStep() >= oldest.get().getStep();
    }

    private LongSupplier seed(Incoming<Prompt> record, RunContract run) {
        Prompt prompt = record.message();
        long runSeed = run.getSampling().getSeed();
        boolean fed = prompt.hasFeedIndex() && prompt.getRunId().equals(run.getRunId());
        return fed
                ? () -> Seeds.ofFeedIndex(runSeed, prompt.getFeedIndex())
                : () -> Seeds.ofPromptId(runSeed, prompt.getId().isEmpty() ? record.key() : prompt.getId());
    }

    /** v_n is published after step n, so step n is on-policy with v_(n-1). */
    private void measureStaleness(long step, ModelVersion version) {
        view.model(version)
                .filter(ModelPublished::hasStep)
                .ifPresent(model -> staleness.record((double) Math.max(0, step - 1 - model.getStep())));
    }
}
