package dev.plumbline.serving.settings;

import io.quarkus.runtime.configuration.DurationConverter;
import java.time.Duration;
import org.eclipse.microprofile.config.spi.Converter;

/** Reads a duration > 0: {@code 30s}, {@code 5m}, {@code PT1H}. */
public final class PositiveDuration implements Converter<Duration> {
    private static final long serialVersionUID = 1L;

    @Override
    public Duration convert(String value) {
        Duration duration = DurationConverter.parseDuration(value);
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException("must be > 0, got " + value);
        }
        return duration;
    }
}
