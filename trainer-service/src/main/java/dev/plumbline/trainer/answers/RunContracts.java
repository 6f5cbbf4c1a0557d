package dev.plumbline.trainer.answers;

import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.trainer.house.House;
import java.util.List;
import java.util.Optional;

/** What the other services are told of runs whose prompts they answer. */
public final class RunContracts {
    private RunContracts() {}

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
