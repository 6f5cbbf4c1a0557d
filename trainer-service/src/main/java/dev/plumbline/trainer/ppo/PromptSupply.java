package dev.plumbline.trainer.ppo;

import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.proto.exchange.v1.Window;
import java.util.List;

/** Where a run's prompts come from, and so where the windows of its steps end. */
sealed interface PromptSupply permits DatasetFeed, ProducerSupply {
    /** Sees to it that the prompts of the steps up to this one get into the log; returns whether something was done. */
    boolean provide(long step);

    /** An instalment of a step was admitted, by this process or an earlier one. */
    void admitted(long step, List<RecordIdentity> members);

    /** A step that has all its instalments wants so many prompts more. */
    void extend(long step, int prompts);

    /** A step is learnt, and its numbers are of no more interest. */
    void finish(long step);

    /**
     * The windows of the next instalment of a step, each beginning where its partition was admitted up to; empty if there
     * is nothing to admit yet.
     */
    List<Window> nextInstalment(long step);

    /** The first number of the run's own feed that no step has admitted; 0 where there is no such feed. */
    long next();

    /** Whether a step has all its instalments. */
    boolean complete(long step);

    /** For people: what is missing of a step that is not complete. */
    String wants(long step);
}
