package dev.plumbline.example.quickstart;

/**
 * What the judge counts in an answer.
 *
 * @param asked facts asked for, 1 or 2
 * @param right facts asked for and told truly
 * @param wrong things said that are not so
 * @param named the answer names the animal it tells of
 * @param kind it has a kind phrase
 * @param rude it has a rude phrase
 * @param surplus sentences and claims that neither answer nor are the first kind phrase
 * @param broken it has a sentence that is none, or did not come to its end
 */
public record Verdict(
        int asked, int right, int wrong, boolean named, boolean kind, boolean rude, int surplus, boolean broken) {
    private static final int MOST_WRONG = 2;
    private static final int MOST_SURPLUS = 3;

    public Verdict {
        if (asked < 1 || right < 0 || right > asked || wrong < 0 || surplus < 0) {
            throw new IllegalArgumentException("counts must be >= 0, asked >= 1 and right <= asked, got asked " + asked
                    + ", right " + right + ", wrong " + wrong + ", surplus " + surplus);
        }
    }

    /**
     * How much the judge likes the answer, from -7 to 4, without noise:
     *
     * <pre>
     * 2·right/asked − min(wrong, 2) + [names the animal, something is right] + [kind, not rude]
     *   − [rude] − min(surplus, 3) − [broken]
     * </pre>
     *
     * A whole number: of a question for two facts each counts half of the 2.
     */
    public int utility() {
        int utility = 2 * right / asked - Math.min(wrong, MOST_WRONG) - Math.min(surplus, MOST_SURPLUS);
        utility += named && right > 0 ? 1 : 0;
        utility += kind && !rude ? 1 : 0;
        utility -= rude ? 1 : 0;
        utility -= broken ? 1 : 0;
        return utility;
    }
}
