package dev.plumbline.rl.reward;

/** What an answer scores that did not end by itself. */
public sealed interface MissingEos {
    /** The score to learn from. */
    float score(float score, boolean ended);

    /** Its score, like any other. */
    record Keep() implements MissingEos {
        @Override
        public float score(float score, boolean ended) {
            return score;
        }
    }

    /** Its score less a penalty. */
    record Penalty(float penalty) implements MissingEos {
        public Penalty {
            if (!(penalty >= 0) || Float.isInfinite(penalty)) {
                throw new IllegalArgumentException("penalty must be >= 0, got " + penalty);
            }
        }

        @Override
        public float score(float score, boolean ended) {
            return ended ? score : score - penalty;
        }
    }

    /** The same score for all such answers. */
    record Replace(float replacement) implements MissingEos {
        public Replace {
            if (!Float.isFinite(replacement)) {
                throw new IllegalArgumentException("replacement must be finite, got " + replacement);
            }
        }

        @Override
        public float score(float score, boolean ended) {
            return ended ? score : replacement;
        }
    }
}
