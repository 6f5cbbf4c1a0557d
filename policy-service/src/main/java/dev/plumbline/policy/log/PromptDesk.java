package dev.plumbline.policy.log;

import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.proto.exchange.v1.Prompt;
import java.util.Optional;

/** Decides what becomes of the prompts of one topic. */
interface PromptDesk {
    /**
     * The assignment; empty if nobody needs an answer. Throws {@code NotNow} while it cannot be answered, and {@code
     * CallerFault} if it never can.
     */
    Optional<Assignment> assign(Incoming<Prompt> record);

    /** The step that a prompt is of, which its error record names too. */
    Optional<Assignment.Membership> membership(RecordIdentity record, Prompt prompt);
}
