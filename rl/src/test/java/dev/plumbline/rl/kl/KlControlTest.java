package dev.plumbline.rl.kl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class KlControlTest {
    @Test
    void keepsAFixedCoefficient() {
        KlControl control = new KlControl.Fixed(0.02);
        assertThat(control.next(control.initial(), 1e9, 64)).isEqualTo(0.02);
    }

    @Test
    void raisesAnAdaptiveCoefficientWhenThePolicyIsTooFar() {
        KlControl control = new KlControl.Adaptive(0.2, 6, 100);
        assertThat(control.next(0.2, 6.6, 10)).isCloseTo(0.2 * (1 + 0.1 * 10 / 100), within(1e-15));
    }

    @Test
    void boundsTheErrorOnBothSides() {
        KlControl control = new KlControl.Adaptive(0.2, 6, 100);
        assertThat(control.next(1, 1e9, 10)).isCloseTo(1.02, within(1e-15));
        assertThat(control.next(1, -1e9, 10)).isCloseTo(0.98, within(1e-15));
    }

    @Test
    void staysWhereItIsOnTarget() {
        assertThat(new KlControl.Adaptive(0.2, 6, 100).next(0.3, 6, 1000)).isEqualTo(0.3);
    }

    @Test
    void refusesSettingsAndFiguresThatMakeNoSense() {
        assertThatThrownBy(() -> new KlControl.Fixed(-0.1))
                .hasMessage("initial must be a KL coefficient >= 0, got -0.1");
        assertThatThrownBy(() -> new KlControl.Adaptive(Double.NaN, 6, 1))
                .hasMessage("initial must be a KL coefficient >= 0, got NaN");
        assertThatThrownBy(() -> new KlControl.Adaptive(0.1, 0, 1))
                .hasMessage("target must be > 0 nats per sequence, got 0.0");
        assertThatThrownBy(() -> new KlControl.Adaptive(0.1, 6, 0))
                .hasMessage("horizon must be > 0 sequences, got 0.0");
        assertThatThrownBy(() -> new KlControl.Adaptive(0.1, 6, 1).next(0.1, Double.NaN, 1))
                .hasMessage("klPerSequence must be finite, got NaN");
    }
}
