package dev.plumbline.cli.quickstart;

import java.nio.file.Path;

/**
 * What the quickstart is told.
 *
 * @param out where it writes
 * @param seed of the world, of every run and every draw
 * @param shuffleRanks the negative control: the ranks are dealt out anew, so that nothing can be learnt from them
 * @param threads of each service
 */
public record QuickstartPlan(Path out, long seed, boolean shuffleRanks, int threads) {
    public QuickstartPlan {
        out = out.toAbsolutePath().normalize();
    }
}
