package dev.plumbline.cli;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.proto.exchange.v1.ChatMessage;
import dev.plumbline.proto.exchange.v1.Conversation;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.GenerateStreamRequest;
import dev.plumbline.proto.policy.v1.GenerateStreamResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code plumbline generate}. */
@Command(
        name = "generate",
        description = "Answer a prompt with the model that policy-service serves; one answer is printed as it grows.")
final class GenerateCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HouseOptions house = new HouseOptions();

    @Parameters(index = "0", paramLabel = "PROMPT", description = "The prompt; - reads it from standard input.")
    private String prompt = "";

    @Option(names = "--chat", description = "The prompt is a user's turn, rendered with the model's chat template.")
    private boolean chat;

    @Option(names = "--samples", paramLabel = "K", description = "Answers to draw. Default 1.")
    private int samples = 1;

    @Option(names = "--temperature", paramLabel = "T", description = "Divides the logits; 0 is greedy. Default 1.")
    private @Nullable Float temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "Keep the K most probable tokens. Default: all.")
    private @Nullable Integer topK;

    @Option(names = "--top-p", paramLabel = "P", description = "Keep the smallest set of this probability. Default 1.")
    private @Nullable Float topP;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            description = "Keep tokens of this share of the best one's. Default 0.")
    private @Nullable Float minP;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "R",
            description = "Divides logits > 0 and multiplies those < 0 of tokens in prompt and answer. Default 1.")
    private @Nullable Float repetitionPenalty;

    @Option(
            names = "--frequency-penalty",
            paramLabel = "F",
            description = "Subtracted for each time that a token is in the answer. Default 0.")
    private @Nullable Float frequencyPenalty;

    @Option(
            names = "--presence-penalty",
            paramLabel = "P",
            description = "Subtracted from tokens that are in the answer. Default 0.")
    private @Nullable Float presencePenalty;

    @Option(
            names = "--logit-bias",
            paramLabel = "ID=BIAS",
            description = "Added to the logit of a token; may be repeated.")
    private Map<Integer, Float> logitBias = Map.of();

    @Option(names = "--seed", paramLabel = "N", description = "The same seed gives the same answers.")
    private @Nullable Long seed;

    @Option(names = "--max-tokens", paramLabel = "N", description = "The longest answer. Default: what fits.")
    private @Nullable Integer maxTokens;

    @Option(names = "--min-tokens", paramLabel = "N", description = "No answer ends before. Default 0.")
    private @Nullable Integer minTokens;

    @Option(names = "--stop", paramLabel = "TEXT", description = "Ends the answer before this text; may be repeated.")
    private List<String> stop = List.of();

    @Option(
            names = "--top-logprobs",
            paramLabel = "N",
            description = "With --json: the likeliest tokens in the place of each, up to 20. Default 0.")
    private int topLogprobs;

    @Option(names = "--prompt-logprobs", description = "With --json: the log-probabilities of the prompt's tokens.")
    private boolean promptLogprobs;

    @Option(names = "--priority", paramLabel = "N", description = "The lowest begins first. Default 0.")
    private int priority;

    @Option(names = "--model", paramLabel = "NAME@VERSION", description = "Who has to answer. Default: who is served.")
    private String model = "";

    GenerateCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        GenerateRequest request = request();
        try (HouseClient client = house.connect()) {
            if (output.json) {
                terminal.json(client.policy().generate(request));
            } else if (samples == 1) {
                stream(client.policy()
                        .generateStream(GenerateStreamRequest.newBuilder()
                                .setRequest(request)
                                .build()));
            } else {
                print(client.policy().generate(request));
            }
        }
        return ExitCode.OK;
    }

    private void stream(Iterator<GenerateStreamResponse> events) {
        while (events.hasNext()) {
            GenerateStreamResponse event = events.next();
            switch (event.getEventCase()) {
                case DELTA -> terminal.out().print(event.getDelta().getText());
                case END -> terminal.out().print(event.getEnd().getText());
                case SUMMARY -> {
                    terminal.out().println();
                    terminal.err().println("(" + event.getSummary().getModel() + ")");
                }
                case EVENT_NOT_SET -> {}
            }
            terminal.out().flush();
        }
    }

    private void print(GenerateResponse response) {
        for (Sample sample : response.getSamplesList()) {
            String ending = sample.getFinishReason().name().replace("FINISH_REASON_", "");
            terminal.out()
                    .println(sample.getIndex() + " [" + ending.toLowerCase(Locale.ROOT) + "] " + sample.getText());
        }
        terminal.err().println("(" + response.getModel() + ")");
    }

    private GenerateRequest request() {
        Sampling.Builder sampling = Sampling.newBuilder().setNumSamples(samples);
        set(temperature, sampling::setTemperature);
        set(topK, sampling::setTopK);
        set(topP, sampling::setTopP);
        set(minP, sampling::setMinP);
        set(repetitionPenalty, sampling::setRepetitionPenalty);
        set(frequencyPenalty, sampling::setFrequencyPenalty);
        set(presencePenalty, sampling::setPresencePenalty);
        sampling.putAllLogitBias(logitBias);
        set(seed, sampling::setSeed);
        Stopping.Builder stopping = Stopping.newBuilder().addAllStopStrings(stop);
        set(maxTokens, stopping::setMaxTokens);
        set(minTokens, stopping::setMinTokens);
        GenerateRequest.Builder request = GenerateRequest.newBuilder()
                .setSampling(sampling)
                .setStopping(stopping)
                .setTopLogprobs(topLogprobs)
                .setPromptLogprobs(promptLogprobs)
                .setPriority(priority)
                .setRequiredModel(model);
        String text = prompt.equals("-") ? standardInput() : prompt;
        if (chat) {
            ChatMessage turn =
                    ChatMessage.newBuilder().setRole("user").setContent(text).build();
            request.setConversation(Conversation.newBuilder().addMessages(turn));
        } else {
            request.setText(text);
        }
        return request.build();
    }

    private static <T> void set(@Nullable T value, java.util.function.Consumer<T> setter) {
        if (value != null) {
            setter.accept(value);
        }
    }

    private static String standardInput() {
        try {
            return new String(System.in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("standard input cannot be read", e);
        }
    }
}
