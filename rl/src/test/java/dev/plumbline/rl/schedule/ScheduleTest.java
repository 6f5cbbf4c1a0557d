package dev.plumbline.rl.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class ScheduleTest {
    @Test
    void isAlwaysOneIfConstant() {
        Schedule constant = new Schedule.Constant();
        assertThat(constant.factor(0)).isEqualTo(1);
        assertThat(constant.factor(Long.MAX_VALUE)).isEqualTo(1);
    }

    @Test
    void fallsInAStraightLineToTheFloorAndStaysThere() {
        Schedule linear = new Schedule.Linear(0.2, 4);
        assertThat(linear.factor(0)).isEqualTo(1);
        assertThat(linear.factor(1)).isCloseTo(0.8, within(1e-15));
        assertThat(linear.factor(3)).isCloseTo(0.4, within(1e-15));
        assertThat(linear.factor(4)).isCloseTo(0.2, within(1e-15));
        assertThat(linear.factor(400)).isCloseTo(0.2, within(1e-15));
    }

    @Test
    void fallsAlongACosineToTheFloorAndStaysThere() {
        Schedule cosine = new Schedule.Cosine(0.1, 6);
        assertThat(cosine.factor(0)).isEqualTo(1);
        assertThat(cosine.factor(2)).isCloseTo(0.1 + 0.9 * 0.75, within(1e-15));
        assertThat(cosine.factor(3)).isCloseTo(0.55, within(1e-15));
        assertThat(cosine.factor(6)).isCloseTo(0.1, within(1e-15));
        assertThat(cosine.factor(7)).isCloseTo(0.1, within(1e-15));
    }

    @Test
    void warmsUpFromTheStartFactorAndThenBeginsTheNextScheduleAtItsBeginning() {
        Schedule schedule = new Schedule.WarmUp(0.1, 10, new Schedule.Linear(0, 5));
        assertThat(schedule.factor(0)).isCloseTo(0.1, within(1e-15));
        assertThat(schedule.factor(5)).isCloseTo(0.55, within(1e-15));
        assertThat(schedule.factor(10)).isEqualTo(1);
        assertThat(schedule.factor(11)).isCloseTo(0.8, within(1e-15));
        assertThat(schedule.factor(15)).isZero();
    }

    @Test
    void skipsAWarmUpOfNoSteps() {
        assertThat(new Schedule.WarmUp(0.1, 0, new Schedule.Constant()).factor(0))
                .isEqualTo(1);
    }

    @Test
    void refusesSettingsThatMakeNoSense() {
        assertThatThrownBy(() -> new Schedule.Linear(1.5, 4)).hasMessage("floor must be in [0, 1], got 1.5");
        assertThatThrownBy(() -> new Schedule.Cosine(0, 0)).hasMessage("steps must be > 0, got 0");
        assertThatThrownBy(() -> new Schedule.WarmUp(-0.1, 3, new Schedule.Constant()))
                .hasMessage("startFactor must be in [0, 1], got -0.1");
        assertThatThrownBy(() -> new Schedule.WarmUp(0.1, -3, new Schedule.Constant()))
                .hasMessage("steps of warm-up must be >= 0, got -3");
        assertThatThrownBy(() -> new Schedule.Linear(0, 4).factor(-1)).hasMessage("step must be >= 0, got -1");
    }
}
