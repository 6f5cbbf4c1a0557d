package dev.plumbline.trainer.answers;

import java.util.List;

/** What came of one prompt. */
public sealed interface Group {
    /** All its answers, in order of their index. */
    record Answered(List<Episode> episodes) implements Group {}

    /** It could not be answered or judged in full, so that nothing is learnt from it. */
    record Failed(String reason) implements Group {}
}
