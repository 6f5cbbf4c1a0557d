package dev.plumbline.trainer.spec;

import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/** The models that the specs of runs name; they must not be deleted while the runs are open. */
public final class PinnedModels {
    private PinnedModels() {}

    public static Set<String> of(Collection<Run> runs) {
        Set<String> pinned = new HashSet<>();
        for (Run run : runs) {
            RunSpec spec = run.getSpec();
            switch (spec.getStageCase()) {
                case SFT -> {
                    pinned.add(spec.getSft().getModel());
                    add(pinned, spec.getSft().getRewardEvaluation().getReward());
                }
                case REWARD_MODEL -> pinned.add(spec.getRewardModel().getModel());
                case PPO -> add(pinned, spec.getPpo());
                case DPO -> {
                    pinned.add(spec.getDpo().getModel());
                    pinned.add(spec.getDpo().getReference());
                }
                case STAGE_NOT_SET -> {}
            }
        }
        return pinned;
    }

    private static void add(Set<String> pinned, PpoSpec spec) {
        pinned.add(spec.getModel());
        pinned.add(spec.getReference());
        pinned.add(spec.getCritic());
        add(pinned, spec.getReward());
    }

    private static void add(Set<String> pinned, RewardSpec reward) {
        reward.getComponentsList()
                .forEach(component -> pinned.add(component.getModel().getModel()));
    }
}
