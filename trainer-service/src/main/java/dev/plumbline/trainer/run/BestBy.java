package dev.plumbline.trainer.run;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What decides which of a run's checkpoints is the best.
 *
 * @param figure name of a figure of the evaluations; empty: none is the best
 * @param highest whether more of it is better
 */
public record BestBy(String figure, boolean highest) {
    private static final Pattern WORDS = Pattern.compile("(lowest|highest) (\\S+)");

    /** As in "lowest eval/loss"; empty in runs that were accepted before there was a choice. */
    public static BestBy parse(String words) {
        if (words.isEmpty()) {
            return new BestBy("", true);
        }
        Matcher matcher = WORDS.matcher(words);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "must be \"lowest\" or \"highest\" and a figure, as in \"lowest eval/loss\"");
        }
        return new BestBy(matcher.group(2), matcher.group(1).equals("highest"));
    }

    /** What a step's figures are worth, more being better; NaN if the figure is not among them. */
    double worth(Map<String, Double> figures) {
        double value = figures.getOrDefault(figure, Double.NaN);
        return highest ? value : -value;
    }
}
