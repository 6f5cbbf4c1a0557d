package dev.plumbline.cli;

import dev.plumbline.cli.client.Series;
import dev.plumbline.proto.trainer.v1.EvaluationSample;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Samples of an evaluation, with the columns that one of them at least has something for. */
final class SampleTable {
    private static final int TEXT_WIDTH = 60;

    private static final List<Column> COLUMNS = List.of(
            new Column("PROMPT", sample -> true, sample -> oneLine(sample.getPrompt())),
            new Column(
                    "ANSWER",
                    sample -> true,
                    sample -> oneLine(answered(sample) ? sample.getAnswer() : sample.getError())),
            new Column("RANK", EvaluationSample::hasRank, sample -> String.valueOf(sample.getRank())),
            new Column(
                    "REWARD",
                    sample -> answered(sample) && !sample.hasLoss(),
                    sample -> Series.number(sample.getReward())),
            new Column("MARGIN", EvaluationSample::hasMargin, sample -> Series.number(sample.getMargin())),
            new Column(
                    "PAIRS IN ORDER",
                    sample -> sample.getPairs() > 0,
                    sample -> sample.getPairsInOrder() + " of " + sample.getPairs()),
            new Column("LOSS", EvaluationSample::hasLoss, sample -> Series.number(sample.getLoss())),
            new Column(
                    "COMPONENTS",
                    sample -> sample.getComponentsCount() > 0,
                    sample -> sample.getComponentsList().stream()
                            .map(part -> part.getName() + " " + Series.number(part.getValue()))
                            .collect(Collectors.joining(", "))));

    private SampleTable() {}

    /** @param has whether a sample has something for the column */
    private record Column(String name, Predicate<EvaluationSample> has, Function<EvaluationSample, String> cell) {}

    static Table of(List<EvaluationSample> samples) {
        List<Column> columns = COLUMNS.stream()
                .filter(column -> samples.stream().anyMatch(column.has()))
                .toList();
        Table table = new Table(columns.stream().map(Column::name).toArray(String[]::new));
        for (EvaluationSample sample : samples) {
            table.row(columns.stream()
                    .map(column -> column.has().test(sample) ? column.cell().apply(sample) : "")
                    .toArray(String[]::new));
        }
        return table;
    }

    private static boolean answered(EvaluationSample sample) {
        return sample.getError().isEmpty();
    }

    /** In one line, and no longer than a column should be. */
    static String oneLine(String text) {
        String one = text.replaceAll("\\s+", " ").strip();
        return one.length() <= TEXT_WIDTH ? one : one.substring(0, TEXT_WIDTH - 1) + "…";
    }
}
