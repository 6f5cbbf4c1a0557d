package dev.plumbline.trainer.run;

import dev.plumbline.proto.trainer.v1.Waiting;

/** How a piece of a run's work ended. */
public sealed interface Progress {
    /** Something was done, and there is more. */
    record Worked() implements Progress {}

    /** Nothing can be done until something happens elsewhere. */
    record Waits(Waiting waiting) implements Progress {}

    /** The run has done all it was to do, and its result is published. */
    record Finished() implements Progress {}
}
