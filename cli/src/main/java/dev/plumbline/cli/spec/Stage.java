package dev.plumbline.cli.spec;

import com.google.protobuf.Message;
import dev.plumbline.proto.trainer.v1.DpoSpec;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.RewardModelSpec;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.SftSpec;

/** What a run can be. */
public enum Stage {
    /** Supervised fine-tuning, and language modelling of plain text. */
    SFT("sft") {
        @Override
        Message.Builder builder() {
            return SftSpec.newBuilder();
        }

        @Override
        void put(RunSpec.Builder run, Message stage) {
            run.setSft((SftSpec) stage);
        }
    },
    /** A reward model from ranked answers. */
    REWARD_MODEL("reward-model") {
        @Override
        Message.Builder builder() {
            return RewardModelSpec.newBuilder();
        }

        @Override
        void put(RunSpec.Builder run, Message stage) {
            run.setRewardModel((RewardModelSpec) stage);
        }
    },
    /** PPO against a reward. */
    PPO("ppo") {
        @Override
        Message.Builder builder() {
            return PpoSpec.newBuilder();
        }

        @Override
        void put(RunSpec.Builder run, Message stage) {
            run.setPpo((PpoSpec) stage);
        }
    },
    /** Direct preference optimisation on ranked answers. */
    DPO("dpo") {
        @Override
        Message.Builder builder() {
            return DpoSpec.newBuilder();
        }

        @Override
        void put(RunSpec.Builder run, Message stage) {
            run.setDpo((DpoSpec) stage);
        }
    };

    private final String title;

    Stage(String title) {
        this.title = title;
    }

    /** "reward-model": the subcommand. */
    public String title() {
        return title;
    }

    abstract Message.Builder builder();

    abstract void put(RunSpec.Builder run, Message stage);
}
