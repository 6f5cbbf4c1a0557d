package dev.plumbline.trainer.run;

import dev.plumbline.proto.trainer.v1.Provenance;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.nio.file.Path;
import java.util.List;

/**
 * What a run's directory tells beside its metrics and samples.
 *
 * @param given the spec as the caller gave it
 * @param directory on this disk
 * @param sampledSteps steps after which there are samples, in order
 */
public record RunRecord(Run run, RunSpec given, Provenance provenance, Path directory, List<Long> sampledSteps) {
    public RunRecord {
        sampledSteps = List.copyOf(sampledSteps);
    }
}
