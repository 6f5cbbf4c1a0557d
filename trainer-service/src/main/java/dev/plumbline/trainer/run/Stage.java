package dev.plumbline.trainer.run;

/**
 * The work of an active run. Confined to the worker's thread. When a method throws ExchangeUnavailableException or
 * UnwritableException nothing has been lost, and it is called again later.
 */
public interface Stage extends AutoCloseable {
    /** Does a bounded piece of work: an optimizer step, an evaluation, a look at the log. */
    Progress advance();

    /** Frees the models' memory. What is not in a checkpoint is lost. */
    @Override
    void close();
}
