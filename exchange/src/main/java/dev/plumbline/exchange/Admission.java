package dev.plumbline.exchange;

import dev.plumbline.proto.exchange.v1.RunContract;

/** What the feeds say of a training prompt. */
public sealed interface Admission {

    /**
     * It belongs to a step and is to be answered.
     *
     * @param run the run that admitted it
     * @param step from 1
     * @param minimum the oldest policy that may answer
     */
    record Member(RunContract run, long step, ModelVersion minimum) implements Admission {}

    /** No step has it yet: it waits. */
    record Waiting(String reason) implements Admission {}

    /** No step will ever have it, or nobody needs its answer any more: it is committed past. */
    record PassedOver(String reason) implements Admission {}
}
