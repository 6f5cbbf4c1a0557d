package dev.plumbline.serving.settings;

import org.eclipse.microprofile.config.spi.Converter;

/** Reads a number from 0 to 1. */
public final class Share implements Converter<Double> {
    private static final long serialVersionUID = 1L;

    @Override
    public Double convert(String value) {
        double number;
        try {
            number = Double.parseDouble(value.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a number from 0 to 1, got \"" + value + "\"", e);
        }
        if (!(number >= 0 && number <= 1)) {
            throw new IllegalArgumentException("must be from 0 to 1, got " + number);
        }
        return number;
    }
}
