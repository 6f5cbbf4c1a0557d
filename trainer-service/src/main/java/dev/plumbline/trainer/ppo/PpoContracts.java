package dev.plumbline.trainer.ppo;

import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.RunSpec;

/** What the other services are told of a PPO run. */
final class PpoContracts {
    private PpoContracts() {}

    /**
     * @param reference "name@version" of the reference, as it was imported
     * @param vocabulary digest of the policy's vocabulary
     */
    static RunContract running(String runId, RunSpec spec, String reference, String vocabulary) {
        PpoSpec ppo = spec.getPpo();
        return RunContract.newBuilder()
                .setRunId(runId)
                .setState(RunState.RUN_STATE_RUNNING)
                .setPolicy(ppo.getOutput())
                .setSampling(Sampling.newBuilder()
                        .setTemperature((float) ppo.getTemperature())
                        .setNumSamples(ppo.getSamplesPerPrompt())
                        .setSeed(spec.getSeed()))
                .setStopping(ppo.getStopping())
                .setMaxPromptTokens(ppo.getMaxPromptTokens())
                .setReward(ppo.getReward())
                .setReference(reference)
                .setTokenizerDigest(vocabulary)
                .build();
    }
}
