package dev.plumbline.cli.quickstart;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.cli.client.RunProgress;
import dev.plumbline.cli.client.RunWatch;
import dev.plumbline.cli.launch.House;
import dev.plumbline.cli.progress.Progress;
import dev.plumbline.cli.spec.SpecFile;
import dev.plumbline.cli.spec.Stage;
import dev.plumbline.example.quickstart.Judge;
import dev.plumbline.example.quickstart.Split;
import dev.plumbline.example.quickstart.Split.Share;
import dev.plumbline.example.quickstart.World;
import dev.plumbline.example.quickstart.WorldFiles;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.CreateRunRequest;
import dev.plumbline.proto.trainer.v1.Run;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;

/** The story, from nothing to a measured improvement, in a house that is up. */
final class Quickstart {
    /** K is drawn from [4, 9] for each prompt, as in InstructGPT. */
    private static final int FEWEST_ANSWERS = 4;

    private static final int MOST_ANSWERS = 9;
    /** Answers to each held-out prompt of each model, all compared with all. */
    private static final int MEASURED_ANSWERS = 4;

    private final QuickstartPlan plan;
    private final HouseClient client;
    private final Progress progress;
    private final Path data;

    Quickstart(QuickstartPlan plan, HouseClient client, Progress progress) {
        this.plan = plan;
        this.client = client;
        this.progress = progress;
        data = plan.out().resolve(WorldFiles.DIRECTORY);
    }

    /**
     * Tells it.
     *
     * @param house is looked at between the stages: a service that has ended ends the story with its log
     * @param begun when the clock started, in nanoseconds
     */
    Report tell(House house, long begun) throws IOException {
        World world = World.of(plan.seed());
        Split split = Split.of(plan.seed());
        Judge judge = new Judge(world);
        WorldFiles.write(world, split, plan.seed(), data);
        WorldFiles.writeSpecs(plan.out());

        RunRecord base = run(house, "1 base model", Stage.SFT, "base.yaml");
        RunRecord sft = run(house, "2 fine-tuning", Stage.SFT, "sft.yaml");

        Sampler sampler = new Sampler(client, progress, plan.seed());
        sampler.awaitServed(sft.model());
        rank(sampler, judge, split, sft.model());
        List<String> heldOut = split.prompts(Share.HELD_OUT_PROMPTS);
        List<Answered> before = sampler.sample("3 held-out answers", sft.model(), heldOut, i -> MEASURED_ANSWERS);
        RunRecord rewardModel = run(house, "3 reward model", Stage.REWARD_MODEL, "reward-model.yaml");

        RunRecord ppo = run(house, "4 PPO", Stage.PPO, "ppo.yaml");
        sampler.awaitServed(ppo.model());
        List<Answered> after = sampler.sample("5 held-out answers", ppo.model(), heldOut, i -> MEASURED_ANSWERS);
        Contest contest = Contest.between(judge, before, after);
        LogCount log = LogCount.read(client.topics(""), ppo.run().getRunId());
        return new Report(plan, base, sft, rewardModel, ppo, contest, log, seconds(begun));
    }

    /** People, played by the judge, rank what the fine-tuned model answers. */
    private void rank(Sampler sampler, Judge judge, Split split, String model) throws IOException {
        Random random = new Random(plan.seed());
        Rankings rankings = new Rankings(judge, plan.shuffleRanks(), random);
        for (Share share : List.of(Share.RANKINGS, Share.HELD_OUT_RANKINGS)) {
            List<String> prompts = split.prompts(share);
            int[] answers = random.ints(prompts.size(), FEWEST_ANSWERS, MOST_ANSWERS + 1)
                    .toArray();
            boolean training = share == Share.RANKINGS;
            String title = training ? "3 answers to rank" : "3 held-out rankings";
            rankings.write(
                    data.resolve(training ? "rankings.jsonl" : "rankings-heldout.jsonl"),
                    sampler.sample(title, model, prompts, i -> answers[i]));
        }
    }

    private RunRecord run(House house, String title, Stage stage, String spec) {
        long begun = System.nanoTime();
        CreateRunRequest request = CreateRunRequest.newBuilder()
                .setRequestId(UUID.randomUUID().toString())
                .setSpec(SpecFile.read(plan.out().resolve(spec), stage, OptionalLong.of(plan.seed())))
                .build();
        String runId = client.trainer().createRun(request).getRun().getRunId();
        try (Progress.Task task = progress.begin(title, 0)) {
            RunRecord.Recorder recorder = new RunRecord.Recorder(new RunProgress(task));
            Run run = new RunWatch(client, runId).follow(0, recorder);
            if (run.getState() != RunState.RUN_STATE_SUCCEEDED) {
                throw new QuickstartException("run " + runId + " failed: " + run.getFailure());
            }
            return new RunRecord(run, recorder.points(), seconds(begun));
        } finally {
            house.requireAlive();
        }
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}
