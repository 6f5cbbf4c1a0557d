package dev.plumbline.reward.rule;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Minus the share of n-grams of words that repeat an earlier one, in [-1, 0]; 0 for an answer shorter than n words. Words are
 * what stands between white space, whatever their case. After the n-gram repetition penalty of Yeo et al. 2025 (arXiv
 * 2502.03373, appendix C.2), which charges single tokens; this one charges the answer as a whole.
 *
 * @param words n
 */
public record Repetition(int words) implements Rule {

    private static final Pattern WHITE_SPACE = Pattern.compile("\\s+");

    public Repetition {
        if (words < 1) {
            throw new IllegalArgumentException("words must be >= 1, got " + words);
        }
    }

    @Override
    public float value(GivenAnswer answer) {
        List<String> all = WHITE_SPACE
                .splitAsStream(answer.text().strip().toLowerCase(Locale.ROOT))
                .toList();
        int total = all.size() - words + 1;
        if (total < 1) {
            return 0;
        }
        Set<List<String>> distinct = new HashSet<>();
        for (int start = 0; start < total; start++) {
            distinct.add(all.subList(start, start + words));
        }
        return (float) (distinct.size() - total) / total;
    }
}
