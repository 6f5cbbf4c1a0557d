package dev.plumbline.reward.judge;

import dev.plumbline.serving.error.ServiceException;

/** What became of one answer: judged, or refused on its own account, without harm to the others. */
public sealed interface Outcome {

    /** It was judged. */
    record Judged(Verdict verdict) implements Outcome {}

    /** It could not be judged. */
    record Refused(ServiceException error) implements Outcome {}
}
