package dev.plumbline.cli;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.cli.client.RunWatch;
import dev.plumbline.cli.spec.SpecFile;
import dev.plumbline.cli.spec.Stage;
import dev.plumbline.proto.trainer.v1.CreateRunRequest;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code plumbline run}. */
@Command(
        name = "run",
        description = "Start a run from a spec and watch it; the run goes on when the watch is ended by Ctrl-C.",
        subcommands = {RunCommand.Sft.class, RunCommand.RewardModel.class, RunCommand.Ppo.class, RunCommand.Dpo.class})
final class RunCommand extends CommandGroup {

    /** What the stages have in common. */
    abstract static class Start implements Callable<Integer> {
        private final Terminal terminal;
        private final Stage stage;

        @Mixin
        private final OutputOptions output = new OutputOptions();

        @Mixin
        private final HouseOptions house = new HouseOptions();

        @Parameters(index = "0", paramLabel = "SPEC.yaml", description = "The spec; relative paths in it start there.")
        private Path spec = Path.of("");

        @Option(names = "--seed", paramLabel = "N", description = "Goes before the spec's seed.")
        private @Nullable Long seed;

        @Option(names = "--validate", description = "Check everything and start nothing.")
        private boolean validate;

        @Option(names = "--detach", description = "Do not watch.")
        private boolean detach;

        Start(Terminal terminal, Stage stage) {
            this.terminal = terminal;
            this.stage = stage;
        }

        @Override
        public Integer call() {
            OptionalLong given = Optional.ofNullable(seed).map(OptionalLong::of).orElseGet(OptionalLong::empty);
            RunSpec run = SpecFile.read(spec, stage, given);
            try (HouseClient client = house.connect()) {
                Run accepted = client.trainer()
                        .createRun(CreateRunRequest.newBuilder()
                                .setRequestId(UUID.randomUUID().toString())
                                .setSpec(run)
                                .setValidateOnly(validate)
                                .build())
                        .getRun();
                if (validate || detach) {
                    if (output.json) {
                        terminal.json(accepted);
                    } else {
                        terminal.out().println(validate ? spec + " is a valid spec" : accepted.getRunId());
                    }
                    return ExitCode.OK;
                }
                RunWatch watch = new RunWatch(client, accepted.getRunId());
                return new RunView(terminal, output.json).show(watch, accepted.getRunId());
            }
        }
    }

    /** {@code plumbline run sft}. */
    @Command(
            name = "sft",
            description = {
                "Learn from demonstrations, or language from plain text.",
                "",
                "A spec:",
                "  model: policy@1            # or a directory; without weights it starts from nothing",
                "  data: {path: demonstrations.jsonl, eval_fraction: 0.05, max_length: 512, too_long: drop}",
                "  optimizer: {learning_rate: 1e-5, schedule: cosine}",
                "  batch_size: 32",
                "  epochs: 2",
                "Lines: {\"prompt\", \"completion\"}, {\"messages\"}, or {\"text\"} with \"objective: text\"; other field "
                        + "names by data.fields."
            })
    static final class Sft extends Start {
        Sft(Terminal terminal) {
            super(terminal, Stage.SFT);
        }
    }

    /** {@code plumbline run reward-model}. */
    @Command(
            name = "reward-model",
            description = {
                "Learn what people prefer from ranked answers.",
                "",
                "A spec:",
                "  model: policy@1",
                "  data: {path: rankings.jsonl, eval_fraction: 0.1}",
                "  batch_size: 64             # prompts",
                "  epochs: 1",
                "Lines: {\"prompt\", \"completions\": [...], \"ranks\": [1, 2, 2]}, {\"prompt\", \"chosen\", \"rejected\"} or "
                        + "{\"chosen\", \"rejected\"}."
            })
    static final class RewardModel extends Start {
        RewardModel(Terminal terminal) {
            super(terminal, Stage.REWARD_MODEL);
        }
    }

    /** {@code plumbline run ppo}. */
    @Command(
            name = "ppo",
            description = {
                "Improve a policy against a reward, through Kafka.",
                "",
                "A spec:",
                "  model: policy@1",
                "  prompts: {path: prompts.jsonl}",
                "  reward: {components: [{name: preference, model: {model: reward@1}}]}",
                "  steps: 100",
                "  prompts_per_step: 64",
                "  stopping: {max_tokens: 128}",
                "  kl: {coefficient: 0.05}",
                "Other measures: exact_match, numeric_answer, regular_expression, length, format, repetition,"
                        + " external; each with a weight."
            })
    static final class Ppo extends Start {
        Ppo(Terminal terminal) {
            super(terminal, Stage.PPO);
        }
    }

    /** {@code plumbline run dpo}. */
    @Command(
            name = "dpo",
            description = {
                "Improve a policy on ranked answers directly, without a reward model and without sampling (DPO).",
                "",
                "A spec:",
                "  model: policy@1            # reference: another model, if not this one",
                "  data: {path: rankings.jsonl, eval_fraction: 0.1}",
                "  beta: 0.1                  # the larger, the closer to the reference",
                "  batch_size: 64             # prompts",
                "Lines: as of a reward model."
            })
    static final class Dpo extends Start {
        Dpo(Terminal terminal) {
            super(terminal, Stage.DPO);
        }
    }
}
