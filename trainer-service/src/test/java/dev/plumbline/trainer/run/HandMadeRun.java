package dev.plumbline.trainer.run;

import com.google.protobuf.util.Timestamps;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.CreateRunRequest;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.SftSpec;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;

/** A run whose figures a test makes up. */
public final class HandMadeRun {
    private static final RunSpec SPEC = RunSpec.newBuilder()
            .setName("chat")
            .setSft(SftSpec.newBuilder().setModel("base@1"))
            .build();

    private final Path directory;
    private final Runs runs;
    private final String id;

    private HandMadeRun(Path directory, Runs runs, String id) {
        this.directory = directory;
        this.runs = runs;
        this.id = id;
    }

    /** A run that has been taken up. */
    public static HandMadeRun in(Path directory) {
        Runs runs = new Runs(directory, Clock.systemUTC());
        runs.create(CreateRunRequest.newBuilder().setSpec(SPEC).build(), SPEC);
        return new HandMadeRun(directory, runs, runs.claimNext().orElseThrow().getRunId());
    }

    /** The same in another process. */
    public HandMadeRun restarted() {
        return new HandMadeRun(directory, new Runs(directory, Clock.systemUTC()), id);
    }

    public Runs runs() {
        return runs;
    }

    public String id() {
        return id;
    }

    /** An observer from the run's beginning on. */
    public void observed(RunObserver observer) {
        runs.observe(observer);
        if (runs.metrics(id).isEmpty()) {
            rewind(0, 0);
        }
    }

    public void rewind(long step, long sequence) {
        new ActiveRun(runs, runs.get(id)).rewind(step, sequence);
    }

    public void measured(long step, Map<String, Double> values) {
        runs.measured(id, step, values);
    }

    public void end(RunState state) {
        runs.store(
                id,
                run -> runs.ended(run, state).toBuilder()
                        .setEndedAt(Timestamps.fromMillis(1_000))
                        .build());
    }
}
