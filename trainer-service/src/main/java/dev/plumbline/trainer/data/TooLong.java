package dev.plumbline.trainer.data;

/** What happens to an example of more than max_length tokens. */
public enum TooLong {
    /** The data is refused, naming the lines. */
    FAIL,
    /** It is left out and counted. */
    DROP,
    /** The first tokens of its prompt are cut; where the answer alone is too long, it is left out. Both are counted. */
    TRUNCATE_LEFT
}
