package dev.plumbline.cli;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.exchange.store.ModelFetcher;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.trainer.v1.ListModelsRequest;
import dev.plumbline.proto.trainer.v1.ListModelsResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code plumbline models}. */
@Command(
        name = "models",
        description = "List published models and export them.",
        subcommands = {ModelsCommand.ListAll.class, ModelsCommand.Export.class})
final class ModelsCommand extends CommandGroup {
    private static final int PAGE = 200;

    static String reference(ModelPublished model) {
        return model.getName() + "@" + model.getVersion();
    }

    private static List<ModelPublished> all(HouseClient client, String name) {
        List<ModelPublished> models = new ArrayList<>();
        String token = "";
        do {
            ListModelsResponse page = client.trainer()
                    .listModels(ListModelsRequest.newBuilder()
                            .setName(name)
                            .setPageSize(PAGE)
                            .setPageToken(token)
                            .build());
            models.addAll(page.getModelsList());
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        return models;
    }

    /** {@code plumbline models list}. */
    @Command(name = "list", description = "Published models, the newest first.")
    static final class ListAll implements Callable<Integer> {
        private final Terminal terminal;

        @Mixin
        private final OutputOptions output = new OutputOptions();

        @Mixin
        private final HouseOptions house = new HouseOptions();

        @Parameters(index = "0", arity = "0..1", paramLabel = "NAME", description = "Only versions of this name.")
        private String name = "";

        ListAll(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            Table table = new Table("MODEL", "PARENT", "RUN", "STEP", "WHERE");
            try (HouseClient client = house.connect()) {
                for (ModelPublished model : all(client, name)) {
                    if (output.json) {
                        terminal.jsonLine(model);
                    } else {
                        table.row(
                                reference(model),
                                model.getParent(),
                                model.getRunId(),
                                model.hasStep() ? String.valueOf(model.getStep()) : "",
                                model.getUri());
                    }
                }
            }
            if (!output.json) {
                table.print(terminal.out());
            }
            return ExitCode.OK;
        }
    }

    /** {@code plumbline models export}. */
    @Command(
            name = "export",
            description =
                    "Bring a model here, as a Hugging Face directory: config.json, model.safetensors, tokenizer.json."
                            + " Every file is checked against its published digest.")
    static final class Export implements Callable<Integer> {
        private static final Duration TIMEOUT = Duration.ofMinutes(30);

        private final Terminal terminal;

        @Mixin
        private final OutputOptions output = new OutputOptions();

        @Mixin
        private final HouseOptions house = new HouseOptions();

        @Parameters(index = "0", paramLabel = "MODEL", description = "NAME@VERSION, or NAME for its newest version.")
        private String model = "";

        @Parameters(index = "1", paramLabel = "DIRECTORY", description = "Must not exist yet.")
        private Path target = Path.of("");

        Export(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            Path directory = target.toAbsolutePath().normalize();
            if (Files.exists(directory)) {
                throw new CommandException(ExitCode.USAGE, directory + " exists: name a directory that does not");
            }
            try (HouseClient client = house.connect()) {
                ModelPublished published = find(client);
                fetch(client, published, directory);
                if (output.json) {
                    terminal.json(published);
                } else {
                    terminal.out().println(reference(published) + " is in " + directory);
                }
            }
            return ExitCode.OK;
        }

        private ModelPublished find(HouseClient client) {
            String name = model.replaceFirst("@.*", "");
            return all(client, name).stream()
                    .filter(published ->
                            model.equals(name) || reference(published).equals(model))
                    .findFirst()
                    .orElseThrow(() -> new CommandException(
                            ExitCode.FAILED, "there is no model " + model + "; see \"plumbline models list\""));
        }

        /** Streamed from the trainer, wherever that keeps it, into a place beside the target, and moved when whole. */
        private void fetch(HouseClient client, ModelPublished published, Path directory) {
            Path cache = directory.resolveSibling(directory.getFileName() + ".partial");
            ModelPublished streamed = published.toBuilder()
                    .setUri("grpc://" + client.addresses().trainer() + "/" + published.getName() + "/"
                            + published.getVersion())
                    .build();
            Path fetched;
            try (ModelFetcher fetcher = new ModelFetcher(cache, client::open, TIMEOUT)) {
                fetched = fetcher.fetch(streamed);
            }
            try {
                Files.move(fetched, directory);
                Files.deleteIfExists(fetched.getParent());
                Files.deleteIfExists(cache.resolve(".partial"));
                Files.deleteIfExists(cache);
            } catch (IOException e) {
                throw new UncheckedIOException(fetched + " cannot be moved to " + directory, e);
            }
        }
    }
}
