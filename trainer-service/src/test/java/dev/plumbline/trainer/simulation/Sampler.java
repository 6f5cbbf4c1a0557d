package dev.plumbline.trainer.simulation;

import dev.plumbline.exchange.Admission;
import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.Offer;
import dev.plumbline.exchange.Origin;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Purpose;
import dev.plumbline.proto.exchange.v1.RecordError;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Sample;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Answers prompts as policy-service does, with tokens of chance, so that no two answers to a prompt are alike; its
 * weights change in the middle of an answer when a version has come meanwhile.
 */
final class Sampler extends SlowResponder<Prompt, Rollout> {
    private static final int VOCABULARY = 1_000_000;

    private final HouseView view;

    Sampler(HouseView view, VirtualTime time, Chance chance) {
        super(time, chance);
        this.view = view;
    }

    @Override
    Plan<Rollout> plan(Incoming<Prompt> record) {
        Prompt prompt = record.message();
        if (prompt.getPurpose() == Purpose.PURPOSE_EVALUATION) {
            ModelVersion required = ModelVersion.parse(prompt.getRequiredModel());
            return view.model(required).isEmpty() || view.run(prompt.getRunId()).isEmpty()
                    ? later("the model is not here")
                    : answer(record, prompt.getRunId(), 0, 1, () -> required);
        }
        Admission admission = view.admission(record.identity(), prompt.getRunId());
        if (admission instanceof Admission.PassedOver) {
            return new Plan.Other<>(Offer.passed());
        }
        if (!(admission instanceof Admission.Member member)) {
            return later("not admitted");
        }
        String run = member.run().getRunId();
        if (newest(run)
                .filter(version -> version.version() >= member.minimum().version())
                .isEmpty()) {
            return later("no version that is new enough");
        }
        int samples = member.run().getSampling().getNumSamples();
        return answer(record, run, member.step(), samples, () -> newest(run).orElseThrow());
    }

    private Plan<Rollout> answer(
            Incoming<Prompt> record, String run, long step, int samples, Supplier<ModelVersion> policy) {
        Optional<RecordError> refused = poison(record.message().getId());
        if (refused.isPresent()) {
            return new Plan.Refusal<>(refused.get());
        }
        ModelVersion first = policy.get();
        return new Plan.Answer<>(() -> {
            Rollout.Builder rollout = rollout(record.identity(), record.topic(), run, step)
                    .setPrompt(record.message())
                    .addPromptTokenIds(record.identity().partition())
                    .addPromptTokenIds(Math.toIntExact(record.identity().offset()));
            for (int index = 0; index < samples; index++) {
                rollout.addSamples(sample(index, first, policy.get()));
            }
            return rollout.build();
        });
    }

    private static Rollout.Builder rollout(RecordIdentity place, String topic, String run, long step) {
        Rollout.Builder rollout = Rollout.newBuilder()
                .setPosition(place.toLogPosition())
                .setTopic(topic)
                .setRunId(run);
        if (step > 0) {
            rollout.setStep(step);
        }
        return rollout;
    }

    private Sample sample(int index, ModelVersion first, ModelVersion last) {
        int tokens = chance().between(1, 4);
        int swap = first.equals(last) ? tokens : chance().between(0, tokens);
        Sample.Builder sample = Sample.newBuilder().setIndex(index).setFinishReason(FinishReason.FINISH_REASON_EOS);
        for (int t = 0; t < tokens; t++) {
            sample.addTokenIds(chance().below(VOCABULARY)).addLogprobs(-1).addRawLogprobs(-1);
        }
        span(sample, first, 0, swap);
        span(sample, last, swap, tokens);
        return sample.build();
    }

    private static void span(Sample.Builder sample, ModelVersion version, int from, int to) {
        if (from < to) {
            sample.addModelVersions(ModelVersionSpan.newBuilder()
                    .setModel(version.toString())
                    .setFromToken(from)
                    .setToToken(to));
        }
    }

    private Optional<ModelVersion> newest(String run) {
        Optional<ModelPublished> newest = view.newestOfRun(run);
        return newest.map(model -> new ModelVersion(model.getName(), model.getVersion()));
    }

    @Override
    public Rollout errorRecord(Origin origin, Optional<Prompt> message, RecordError error) {
        Rollout.Builder rollout =
                rollout(origin.identity(), origin.topic(), "", 0).setError(error);
        message.ifPresent(prompt -> rollout.setPrompt(prompt).setRunId(prompt.getRunId()));
        return rollout.build();
    }
}
