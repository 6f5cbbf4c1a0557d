package dev.plumbline.lm;

/**
 * AdamW with decoupled weight decay (Loshchilov and Hutter 2019), as torch.optim.AdamW computes it.
 *
 * @param beta1 decay of the gradient's moving mean, in [0, 1)
 * @param beta2 decay of its square's, in [0, 1)
 * @param epsilon added to the root of the squares, above 0
 * @param weightDecay times the learning rate is the share of each weight that is taken away, 0 or more
 * @param decayAll whether biases, normalisations and embeddings decay too, which usually they do not: Radford et al.
 *     2018 leave out biases and gains
 * @param maxGradientNorm larger global L2 norms are scaled down to this, as torch.nn.utils.clip_grad_norm_; 0 or less for
 *     no limit
 */
public record AdamW(
        double beta1, double beta2, double epsilon, double weightDecay, boolean decayAll, double maxGradientNorm) {
    public AdamW {
        if (!(beta1 >= 0 && beta1 < 1)) {
            throw new IllegalArgumentException("beta1 must be in [0, 1), got " + beta1);
        }
        if (!(beta2 >= 0 && beta2 < 1)) {
            throw new IllegalArgumentException("beta2 must be in [0, 1), got " + beta2);
        }
        if (!(epsilon > 0)) {
            throw new IllegalArgumentException("epsilon must be > 0, got " + epsilon);
        }
        if (!(weightDecay >= 0)) {
            throw new IllegalArgumentException("weightDecay must be >= 0, got " + weightDecay);
        }
        if (Double.isNaN(maxGradientNorm)) {
            throw new IllegalArgumentException("maxGradientNorm must be a number, got NaN");
        }
    }
}
