package dev.plumbline.cli;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.cli.client.Series;
import dev.plumbline.proto.exchange.v1.ModelReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.reward.v1.Answer;
import dev.plumbline.proto.reward.v1.Score;
import dev.plumbline.proto.reward.v1.ScoreRequest;
import dev.plumbline.proto.reward.v1.ScoreResponse;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code plumbline score}. */
@Command(name = "score", description = "Score answers to a prompt with reward-service.")
final class ScoreCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HouseOptions house = new HouseOptions();

    @Option(names = "--prompt", paramLabel = "TEXT", required = true, description = "What was asked.")
    private String prompt = "";

    @Parameters(index = "0..*", arity = "1..*", paramLabel = "ANSWER", description = "One or more answers to it.")
    private List<String> answers = List.of();

    @Option(
            names = "--model",
            paramLabel = "NAME@VERSION",
            description = "The reward model. Default: the service's default judges.")
    private String model = "";

    @Option(names = "--ground-truth", paramLabel = "TEXT", description = "The right answer, for rule rewards.")
    private @Nullable String groundTruth;

    ScoreCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        ScoreRequest.Builder request = ScoreRequest.newBuilder();
        for (String answer : answers) {
            Answer.Builder item = Answer.newBuilder().setText(prompt).setAnswer(answer);
            if (groundTruth != null) {
                item.setGroundTruth(groundTruth);
            }
            request.addItems(item);
        }
        if (!model.isEmpty()) {
            request.setReward(RewardSpec.newBuilder()
                    .addComponents(RewardComponentSpec.newBuilder()
                            .setName("model")
                            .setModel(ModelReward.newBuilder().setModel(model))));
        }
        try (HouseClient client = house.connect()) {
            ScoreResponse response = client.reward().score(request.build());
            if (output.json) {
                terminal.json(response);
                return ExitCode.OK;
            }
            return print(response);
        }
    }

    private int print(ScoreResponse response) {
        Table table = new Table("REWARD", "PARTS", "ANSWER");
        int failed = 0;
        for (int i = 0; i < response.getScoresCount(); i++) {
            Score score = response.getScores(i);
            boolean ok = score.getStatus().getCode() == 0;
            failed += ok ? 0 : 1;
            String parts = score.getComponentsList().stream()
                    .map(part -> part.getName() + " " + Series.number(part.getValue()))
                    .collect(Collectors.joining(", "));
            table.row(
                    ok ? Series.number(score.getReward()) : "-",
                    ok ? parts : score.getStatus().getMessage(),
                    answers.get(i));
        }
        table.print(terminal.out());
        return failed == 0 ? ExitCode.OK : ExitCode.FAILED;
    }
}
