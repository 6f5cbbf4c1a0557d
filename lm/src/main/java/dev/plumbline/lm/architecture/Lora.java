package dev.plumbline.lm.architecture;

import java.util.List;

/**
 * Low-rank adapters (Hu et al. 2021): a map W x becomes W x + alpha / rank * B A x, of which W is frozen and A [rank,
 * inputs] and B [outputs, rank] learn.
 *
 * @param rank r, 1 or more
 * @param alpha above 0
 * @param targets the maps that get one, as the last parts of their modules' names ({@code q_proj}, {@code attn.c_proj});
 *     empty for all linear maps of the layers
 */
public record Lora(int rank, double alpha, List<String> targets) {
    public Lora {
        targets = List.copyOf(targets);
        if (rank < 1) {
            throw new IllegalArgumentException("rank must be >= 1, got " + rank);
        }
        if (!(alpha > 0) || Double.isInfinite(alpha)) {
            throw new IllegalArgumentException("alpha must be > 0 and finite, got " + alpha);
        }
    }

    /** What the product of the two matrices is multiplied by. */
    public double scale() {
        return alpha / rank;
    }

    /** Whether a map gets an adapter. */
    public boolean targets(LinearMap map) {
        return targets.isEmpty()
                || targets.stream().anyMatch(target -> map.name().endsWith("." + target));
    }
}
