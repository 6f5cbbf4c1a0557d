package dev.plumbline.lm.checkpoint;

import dev.plumbline.lm.architecture.Initialisation;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.random.CounterHash;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Weights made from a seed. An element depends on the seed, its tensor's name and its place alone, so it is the same on
 * every host and Java version.
 */
public final class RandomWeights implements WeightSource {
    private final long seed;

    public RandomWeights(long seed) {
        this.seed = seed;
    }

    @Override
    public void read(TensorSpec tensor, ByteBuffer target) {
        FloatBuffer floats = target.asFloatBuffer();
        Initialisation initialisation = tensor.initialisation();
        if (initialisation instanceof Initialisation.Constant constant) {
            fill(floats, floats.capacity(), constant.value());
        } else if (initialisation instanceof Initialisation.Normal normal) {
            fillNormal(floats, stream(tensor.name()), normal.deviation());
        } else if (initialisation instanceof Initialisation.NormalButRow normal) {
            fillNormal(floats, stream(tensor.name()), normal.deviation());
            int width = tensor.shape().get(1);
            fill(floats.slice(normal.zeroRow() * width, width), width, 0);
        }
    }

    private static void fill(FloatBuffer floats, int count, float value) {
        for (int i = 0; i < count; i++) {
            floats.put(i, value);
        }
    }

    /** Two numbers from each pair of uniforms (Box and Muller 1958). */
    private static void fillNormal(FloatBuffer floats, long stream, double deviation) {
        for (int i = 0; i < floats.capacity(); i += 2) {
            double radius = deviation * StrictMath.sqrt(-2 * StrictMath.log(uniform(stream, i)));
            double angle = 2 * Math.PI * uniform(stream, i + 1);
            floats.put(i, (float) (radius * StrictMath.cos(angle)));
            if (i + 1 < floats.capacity()) {
                floats.put(i + 1, (float) (radius * StrictMath.sin(angle)));
            }
        }
    }

    /** Uniform in (0, 1), from the upper 53 bits. */
    private static double uniform(long stream, int index) {
        return ((CounterHash.of(stream, index - 1L) >>> 11) + 0.5) * 0x1.0p-53;
    }

    private long stream(String name) {
        long hash = CounterHash.of(seed, 0);
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            hash = CounterHash.of(hash, b);
        }
        return hash;
    }
}
