package dev.plumbline.cli;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.cli.client.PromptFile;
import dev.plumbline.exchange.LogWriter;
import dev.plumbline.exchange.Topic;
import dev.plumbline.exchange.Topics;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Purpose;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code plumbline prompts}. */
@Command(
        name = "prompts",
        description = "Send prompts through Kafka.",
        subcommands = {PromptsCommand.Submit.class})
final class PromptsCommand extends CommandGroup {

    /** {@code plumbline prompts submit}. */
    @Command(
            name = "submit",
            description = {
                "Produce the prompts of a file to Kafka.",
                "",
                "Lines: {\"prompt\": TEXT} or {\"messages\": [{\"role\", \"content\"}]}, also with OpenAI's tools and calls;"
                        + " optional \"id\" and \"ground_truth\". A bad line is named and nothing is sent. Answers come out on"
                        + " plumbline.rollouts.v1 and, judged, on plumbline.trajectories.v1, under the prompt's id."
            })
    static final class Submit implements Callable<Integer> {
        private final Terminal terminal;

        @Mixin
        private final OutputOptions output = new OutputOptions();

        @Mixin
        private final HouseOptions house = new HouseOptions();

        @Parameters(index = "0", paramLabel = "FILE", description = "JSON Lines, also compressed (.gz).")
        private Path file = Path.of("");

        @Option(
                names = "--training",
                description = "To plumbline.training-prompts.v1, for a run with \"prompts_from: producers\"; else the"
                        + " prompts are answered at once.")
        private boolean training;

        Submit(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            List<Prompt> prompts =
                    PromptFile.read(file, training ? Purpose.PURPOSE_TRAINING : Purpose.PURPOSE_UNSPECIFIED);
            try (HouseClient client = house.connect()) {
                Topics topics = client.topics(house.topicsPrefix);
                Topic<Prompt> topic = training ? topics.trainingPrompts() : topics.prompts();
                send(topics, topic, prompts);
                if (output.json) {
                    prompts.forEach(terminal::jsonLine);
                } else {
                    terminal.out().println(prompts.size() + " prompts are in " + topic.name());
                }
            }
            return ExitCode.OK;
        }

        private static void send(Topics topics, Topic<Prompt> topic, List<Prompt> prompts) {
            try (LogWriter writer = new LogWriter(topics)) {
                List<CompletableFuture<?>> sent = new ArrayList<>();
                for (Prompt prompt : prompts) {
                    sent.add(writer.send(topic, prompt));
                }
                writer.flush();
                sent.forEach(CompletableFuture::join);
            } catch (CompletionException e) {
                throw new CommandException(
                        ExitCode.FAILED,
                        "the broker refused a prompt: " + (e.getCause() == null ? e : e.getCause()).getMessage());
            }
        }
    }
}
