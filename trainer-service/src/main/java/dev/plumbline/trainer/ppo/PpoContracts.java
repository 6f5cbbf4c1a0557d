package dev.plumbline.trainer.ppo;

import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.trainer.house.House;
import java.util.List;
import java.util.Optional;

/** What the other services are told of a run. */
public final class PpoContracts {
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

    /** Says of every contract whose run has ended here that it has, so that its prompts are passed over. */
    public static void closeEnded(House house, List<Run> runs) {
        for (Run run : runs) {
            Optional<RunContract> contract = house.view().run(run.getRunId());
            boolean ended = run.getState() == RunState.RUN_STATE_SUCCEEDED
                    || run.getState() == RunState.RUN_STATE_FAILED
                    || run.getState() == RunState.RUN_STATE_CANCELLED;
            if (ended && contract.isPresent() && contract.get().getState() != run.getState()) {
                house.publish(
                        contract.get().toBuilder().setState(run.getState()).build());
            }
        }
    }
}
