package dev.plumbline.benchmarks;

import dev.plumbline.benchmarks.SoakCount.End;

/** Calls of all kinds over one protocol. For one thread. */
interface SoakCalls {
    /** Makes one, and says how it ended; throws if no call may end so. */
    End next();
}
