package dev.plumbline.cli.client;

import java.util.Locale;
import java.util.NavigableMap;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;

/** A metric over a run's steps, at least one; a step that was measured twice counts by its last value. */
public record Series(String metric, NavigableMap<Long, Double> values) {
    private static final String BARS = "▁▂▃▄▅▆▇█";
    private static final String HIGHER_IS_BETTER =
            "(eval/)?(accuracy|margin|reward|score|rewards/.*)|rewards/.*/mean|objective/(scores|rlhf_reward)|"
                    + "tokens_per_second/.*";
    private static final String LOWER_IS_BETTER = "(eval/)?loss(/.*)?";

    /** The value of the last step. */
    public double last() {
        return values.lastEntry().getValue();
    }

    /** The best value so far; empty where neither more nor less is better by itself. */
    public OptionalDouble best() {
        DoubleStream numbers =
                values.values().stream().mapToDouble(value -> value).filter(Double::isFinite);
        if (metric.matches(HIGHER_IS_BETTER)) {
            return numbers.max();
        }
        return metric.matches(LOWER_IS_BETTER) ? numbers.min() : OptionalDouble.empty();
    }

    /** The curve in one line of at most so many characters, each the mean of the steps that it stands for. */
    public String sparkline(int width) {
        double[] all = values.values().stream().mapToDouble(value -> value).toArray();
        int columns = Math.min(width, all.length);
        double[] means = new double[columns];
        for (int column = 0; column < columns; column++) {
            int from = (int) ((long) column * all.length / columns);
            int to = (int) ((long) (column + 1) * all.length / columns);
            means[column] =
                    DoubleStream.of(all).skip(from).limit(to - from).average().orElse(Double.NaN);
        }
        double least = DoubleStream.of(means).filter(Double::isFinite).min().orElse(0);
        double most = DoubleStream.of(means).filter(Double::isFinite).max().orElse(0);
        StringBuilder line = new StringBuilder();
        for (double mean : means) {
            line.append(Double.isFinite(mean) ? bar(mean, least, most) : '!');
        }
        return line.toString();
    }

    private static char bar(double value, double least, double most) {
        double share = most > least ? (value - least) / (most - least) : 0;
        return BARS.charAt((int) Math.round(share * (BARS.length() - 1)));
    }

    /** "0.0012", "1234": short, and the same everywhere. */
    public static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? String.valueOf((long) value)
                : String.format(Locale.ROOT, "%.5g", value);
    }
}
