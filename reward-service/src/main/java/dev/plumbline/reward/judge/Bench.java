package dev.plumbline.reward.judge;

import dev.plumbline.lm.TokenBudget;
import dev.plumbline.reward.verifier.Verifiers;

/** What a sitting judges with; it stays from one to the next. */
record Bench(Judges judges, Verifiers verifiers, JudgedSequences known, TokenBudget tokenBudget, MeasuringTime time) {}
