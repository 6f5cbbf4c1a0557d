package dev.plumbline.trainer.data;

import java.util.Optional;

/** From what a line says to token ids of at most maxLength tokens. */
public sealed interface ExampleEncoding<R, E>
        permits DemonstrationEncoding, AskedDemonstrationEncoding, RankingEncoding, QuestionEncoding, TextEncoding {
    /** All of the example, however long. */
    E encode(R raw);

    /** Its tokens; of a ranked list, those of its longest answer with the prompt. */
    int length(E example);

    /** How it is kept. */
    BinaryForm<E> form();

    /** Without the first tokens of its prompt; empty if too few tokens precede the answer. */
    Optional<E> withoutFirst(E example, int tokens);

    /** Whether the example can teach anything; the name of what it lacks goes into the run's notes. */
    default Optional<String> teachesNothing(E example) {
        return Optional.empty();
    }
}
