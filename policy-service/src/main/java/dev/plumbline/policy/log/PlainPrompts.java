package dev.plumbline.policy.log;

import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.policy.engine.Answering;
import dev.plumbline.policy.model.ModelFollower;
import dev.plumbline.policy.model.ModelLease;
import dev.plumbline.policy.model.Refusal;
import dev.plumbline.policy.request.AnswerPlan;
import dev.plumbline.policy.request.Ask;
import dev.plumbline.policy.request.Seeds;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.NotNow;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** Prompts that are answered at once: other producers' by what is served, a run's evaluation by the version it names. */
final class PlainPrompts implements PromptDesk {
    private static final Duration GLANCE = Duration.ofMillis(100);

    private final HouseView view;
    private final Answering answering;
    private final ModelFollower follower;
    private final UnknownSince unknown;
    private final OwnSeeds seeds;

    /**
     * Seeds of prompts that belong to no run and bring none.
     *
     * @param base for those that have an id
     * @param random for those that have not
     */
    record OwnSeeds(long base, RandomGenerator random) {
        LongSupplier of(String promptId) {
            return promptId.isEmpty() ? random::nextLong : () -> Seeds.ofPromptId(base, promptId);
        }
    }

    PlainPrompts(HouseView view, Answering answering, ModelFollower follower, UnknownSince unknown, OwnSeeds seeds) {
        this.view = view;
        this.answering = answering;
        this.follower = follower;
        this.unknown = unknown;
        this.seeds = seeds;
    }

    @Override
    public Optional<Assignment> assign(Incoming<Prompt> record) {
        Prompt prompt = record.message();
        if (view.hasEnded(prompt.getRunId())) {
            return Optional.empty();
        }
        LongSupplier freshSeed = freshSeed(record);
        ModelLease lease = lease(record);
        unknown.known(record.identity());
        try {
            AnswerPlan plan = answering
                    .reader()
                    .read(
                            Ask.of(prompt, PromptDeadline.of(record)),
                            freshSeed,
                            Integer.MAX_VALUE,
                            lease.model().text());
            return Optional.of(new Assignment(lease, plan, Optional.empty()));
        } catch (RuntimeException e) {
            lease.close();
            throw e;
        }
    }

    @Override
    public Optional<Assignment.Membership> membership(RecordIdentity record, Prompt prompt) {
        return Optional.empty();
    }

    private LongSupplier freshSeed(Incoming<Prompt> record) {
        Prompt prompt = record.message();
        String id = prompt.getId().isEmpty() ? record.key() : prompt.getId();
        if (prompt.getRunId().isEmpty()) {
            return seeds.of(id);
        }
        RunContract run = view.run(prompt.getRunId())
                .orElseThrow(() -> unknown.unknown(
                        record.identity(), "UNKNOWN_RUN", "run_id", "no feed knows the run " + prompt.getRunId()));
        long runSeed = run.getSampling().getSeed();
        return prompt.hasFeedIndex()
                ? () -> Seeds.ofFeedIndex(runSeed, prompt.getFeedIndex())
                : () -> Seeds.ofPromptId(runSeed, id);
    }

    private ModelLease lease(Incoming<Prompt> record) {
        String required = record.message().getRequiredModel();
        if (required.isEmpty()) {
            return answering
                    .shelf()
                    .leaseServed()
                    .orElseThrow(() -> NotNow.unavailable("NO_MODEL", "no model is served yet", GLANCE));
        }
        ModelVersion version = parse(required);
        return answering.shelf().lease(version).orElseThrow(() -> notLoaded(record.identity(), version));
    }

    private static ModelVersion parse(String required) {
        try {
            return ModelVersion.parse(required);
        } catch (IllegalArgumentException e) {
            throw CallerFault.invalid("INVALID_MODEL", "required_model", String.valueOf(e.getMessage()));
        }
    }

    private RuntimeException notLoaded(RecordIdentity record, ModelVersion version) {
        Optional<Refusal> refusal = follower.refusal(version);
        if (refusal.isPresent()) {
            return CallerFault.invalid(
                    "MODEL_INVALID",
                    "required_model",
                    version + " is refused: " + refusal.get().message());
        }
        if (view.model(version).isEmpty()) {
            return unknown.unknown(
                    record, "UNKNOWN_MODEL", "required_model", "no feed knows the model version " + version);
        }
        follower.want(version);
        return NotNow.unavailable("NO_MODEL", version + " is being loaded", GLANCE);
    }
}
