package dev.plumbline.serving.settings;

import org.eclipse.microprofile.config.spi.Converter;

/** Reads a whole number >= 1. */
public final class PositiveInteger implements Converter<Integer> {
    private static final long serialVersionUID = 1L;

    @Override
    public Integer convert(String value) {
        int number;
        try {
            number = Integer.parseInt(value.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a whole number >= 1, got \"" + value + "\"", e);
        }
        if (number < 1) {
            throw new IllegalArgumentException("must be >= 1, got " + number);
        }
        return number;
    }
}
