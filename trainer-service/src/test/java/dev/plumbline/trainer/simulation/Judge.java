package dev.plumbline.trainer.simulation;

import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.Origin;
import dev.plumbline.proto.exchange.v1.Judgement;
import dev.plumbline.proto.exchange.v1.RecordError;
import dev.plumbline.proto.exchange.v1.RewardComponent;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Trajectory;
import java.util.Optional;

/** Judges answers as reward-service does, by chance. */
final class Judge extends SlowResponder<Rollout, Trajectory> {
    private final int rewards;

    /** @param rewards how many different ones it gives */
    Judge(VirtualTime time, Chance chance, int rewards) {
        super(time, chance);
        this.rewards = rewards;
    }

    @Override
    Plan<Trajectory> plan(Incoming<Rollout> record) {
        Rollout rollout = record.message();
        return new Plan.Answer<>(() -> {
            Trajectory.Builder trajectory = Trajectory.newBuilder().setRollout(rollout);
            if (rollout.hasError()) {
                return trajectory.setError(rollout.getError()).build();
            }
            rollout.getSamplesList().forEach(sample -> trajectory.addJudgements(judgement(sample)));
            return trajectory.build();
        });
    }

    private Judgement judgement(Sample sample) {
        float reward = chance().below(rewards) / (float) rewards;
        Judgement.Builder judgement = Judgement.newBuilder()
                .setSampleIndex(sample.getIndex())
                .setReward(reward)
                .addComponents(RewardComponent.newBuilder()
                        .setName("chance")
                        .setValue(reward)
                        .setWeight(1));
        sample.getTokenIdsList().forEach(token -> judgement.addReferenceLogprobs(-1));
        return judgement.build();
    }

    @Override
    public Trajectory errorRecord(Origin origin, Optional<Rollout> message, RecordError error) {
        Trajectory.Builder trajectory = Trajectory.newBuilder().setError(error);
        message.ifPresent(trajectory::setRollout);
        return trajectory.build();
    }
}
