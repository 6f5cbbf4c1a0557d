package dev.plumbline.serving.settings;

import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import java.math.BigInteger;
import org.eclipse.microprofile.config.spi.Converter;

/** Reads an amount of memory > 0, such as {@code 512M}. */
public final class PositiveMemory implements Converter<MemorySize> {
    private static final long serialVersionUID = 1L;

    @Override
    public MemorySize convert(String value) {
        MemorySize size;
        try {
            size = new MemorySizeConverter().convert(value.strip());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("must be an amount of memory such as 512M, got \"" + value + "\"", e);
        }
        if (size == null || size.asBigInteger().compareTo(BigInteger.ONE) < 0) {
            throw new IllegalArgumentException("must be > 0, such as 512M, got \"" + value + "\"");
        }
        return size;
    }
}
