package dev.plumbline.trainer.page;

import dev.plumbline.proto.trainer.v1.EvaluationSample;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Samples of an evaluation, with the columns that one of them at least has something for. */
final class SampleTable {
    private static final List<Column> COLUMNS = List.of(
            new Column("Prompt", sample -> true, EvaluationSample::getPrompt),
            new Column("Answer", sample -> true, sample -> answered(sample) ? sample.getAnswer() : sample.getError()),
            new Column("Rank", EvaluationSample::hasRank, sample -> String.valueOf(sample.getRank())),
            new Column("Reward", sample -> answered(sample) && !sample.hasLoss(), sample -> number(sample.getReward())),
            new Column("Margin", EvaluationSample::hasMargin, sample -> number(sample.getMargin())),
            new Column(
                    "Pairs in order",
                    sample -> sample.getPairs() > 0,
                    sample -> sample.getPairsInOrder() + " of " + sample.getPairs()),
            new Column("Loss", EvaluationSample::hasLoss, sample -> number(sample.getLoss())),
            new Column(
                    "Components",
                    sample -> sample.getComponentsCount() > 0,
                    sample -> sample.getComponentsList().stream()
                            .map(part -> part.getName() + " " + number(part.getValue()))
                            .collect(Collectors.joining(", "))));

    private SampleTable() {}

    /** @param has whether a sample has something for the column */
    private record Column(String name, Predicate<EvaluationSample> has, Function<EvaluationSample, String> cell) {}

    static String html(List<EvaluationSample> samples) {
        List<Column> columns = COLUMNS.stream()
                .filter(column -> samples.stream().anyMatch(column.has()))
                .toList();
        Html.Table table = new Html.Table(columns.stream().map(Column::name).toList());
        for (EvaluationSample sample : samples) {
            table.row(columns.stream()
                    .map(column -> column.has().test(sample) ? column.cell().apply(sample) : "")
                    .toList());
        }
        return table.html();
    }

    private static boolean answered(EvaluationSample sample) {
        return sample.getError().isEmpty();
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }
}
