package dev.plumbline.trainer;

import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.trainer.answers.RunContracts;
import dev.plumbline.trainer.data.source.DataSources;
import dev.plumbline.trainer.house.House;
import dev.plumbline.trainer.house.HouseConnection;
import dev.plumbline.trainer.learn.Workshop;
import dev.plumbline.trainer.model.ModelCatalog;
import dev.plumbline.trainer.model.Publisher;
import dev.plumbline.trainer.ppo.PpoReplay;
import dev.plumbline.trainer.ppo.PpoRun;
import dev.plumbline.trainer.provenance.Sessions;
import dev.plumbline.trainer.ranking.DpoRun;
import dev.plumbline.trainer.ranking.RewardModelRun;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.Stage;
import dev.plumbline.trainer.run.Stages;
import dev.plumbline.trainer.sft.SftRun;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What each kind of run does. */
final class TrainerStages implements Stages {
    private final HouseConnection connection;
    private final ModelCatalog models;
    private final Publisher publisher;
    private final DataSources sources;
    private final ComputeSettings compute;
    private final Supplier<Set<String>> pinned;
    private final Clock clock;
    private final LongSupplier nanoTime;
    /** Runs that this process has begun or taken up, if only to find the broker away. */
    private final Set<String> taken = new HashSet<>();

    TrainerStages(
            HouseConnection connection,
            ModelCatalog models,
            Publisher publisher,
            DataSources sources,
            ComputeSettings compute,
            Supplier<Set<String>> pinned,
            Clock clock,
            LongSupplier nanoTime) {
        this.connection = connection;
        this.models = models;
        this.publisher = publisher;
        this.sources = sources;
        this.compute = compute;
        this.pinned = pinned;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    @Override
    public Stage start(ActiveRun run) {
        House house = connection.house();
        if (taken.add(run.id())) {
            Sessions.begin(run, sources, compute, clock);
        }
        Workshop workshop = new Workshop(house, models, publisher, sources, compute, pinned, clock, nanoTime);
        return stage(workshop, run);
    }

    private static Stage stage(Workshop workshop, ActiveRun run) {
        return switch (run.spec().getStageCase()) {
            case SFT -> SftRun.start(workshop, run);
            case REWARD_MODEL -> RewardModelRun.start(workshop, run);
            case PPO ->
                run.replay()
                        .map(replay -> PpoReplay.start(workshop, run, replay))
                        .orElseGet(() -> PpoRun.start(workshop, run));
            case DPO -> DpoRun.start(workshop, run);
            case STAGE_NOT_SET -> throw new IllegalArgumentException("run " + run.id() + " has no stage");
        };
    }

    @Override
    public void settle(List<Run> runs) {
        RunContracts.closeEnded(connection.house(), runs);
    }
}
