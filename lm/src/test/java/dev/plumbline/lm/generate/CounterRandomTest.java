package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class CounterRandomTest {
    @Test
    void numbersNeverChange() {
        // The contract with logs already written: computed by a second implementation (Python integers modulo 2^64).
        assertThat(CounterRandom.uniform(0, 0, 0)).isEqualTo(0.6524484863740323);
        assertThat(CounterRandom.uniform(42, 3, 17)).isEqualTo(0.115086227677482);
        assertThat(CounterRandom.uniform(-1, 0, 4095)).isEqualTo(0.4819751768154621);
    }

    @Test
    void anyTwoOfSeedSampleAndPositionDifferInTheirNumbers() {
        Set<Double> numbers = new HashSet<>();
        for (long seed = -5; seed < 5; seed++) {
            for (int sample = 0; sample < 20; sample++) {
                for (int position = 0; position < 50; position++) {
                    numbers.add(CounterRandom.uniform(seed, sample, position));
                }
            }
        }
        assertThat(numbers).hasSize(10 * 20 * 50);
    }

    @Test
    void numbersFillTheUnitIntervalEvenlyAlongEachCoordinate() {
        int draws = 100_000;
        for (int coordinate = 0; coordinate < 3; coordinate++) {
            int[] tenths = new int[10];
            double productOfNeighbours = 0;
            double previous = 0.5;
            for (int i = 0; i < draws; i++) {
                double u = switch (coordinate) {
                    case 0 -> CounterRandom.uniform(i, 1, 2);
                    case 1 -> CounterRandom.uniform(7, i, 2);
                    default -> CounterRandom.uniform(7, 1, i);
                };
                assertThat(u).isStrictlyBetween(0.0, 1.0);
                tenths[(int) (10 * u)]++;
                productOfNeighbours += (u - 0.5) * (previous - 0.5);
                previous = u;
            }
            double chiSquare = 0;
            for (int count : tenths) {
                chiSquare += Math.pow(count - draws / 10.0, 2) / (draws / 10.0);
            }
            // 99.9 % point of chi-square with 9 degrees of freedom; correlation within 4 standard deviations.
            assertThat(chiSquare).isLessThan(27.88);
            assertThat(12 * productOfNeighbours / draws).isCloseTo(0, within(4 / Math.sqrt(draws)));
        }
    }
}
