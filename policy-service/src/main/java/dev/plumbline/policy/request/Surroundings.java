package dev.plumbline.policy.request;

import java.time.InstantSource;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Time and chance, which come from outside.
 *
 * @param clock the time of day
 * @param nanoTime for durations
 * @param random for requests that bring no seed; used by several threads at once
 */
public record Surroundings(InstantSource clock, LongSupplier nanoTime, RandomGenerator random) {}
