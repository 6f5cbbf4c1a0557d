package dev.plumbline.trainer.data;

/** Which kind of example a line holds. */
public sealed interface LineFormat<E>
        permits DemonstrationFormat, AskedDemonstrationFormat, RankingFormat, QuestionFormat, TextFormat {
    /** The example on this line; throws with the fact and the fix if there is none. */
    E parse(JsonLine line) throws MalformedLineException;
}
