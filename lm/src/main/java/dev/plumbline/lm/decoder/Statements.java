package dev.plumbline.lm.decoder;

import java.util.Locale;

/** The body of a TorchScript method, statement by statement. */
public final class Statements {
    private static final String INDENT = "    ";

    private final StringBuilder text = new StringBuilder();

    /** Adds a line, made as {@link String#format} does; extra leading spaces nest it. */
    public Statements add(String format, Object... values) {
        text.append(INDENT).append(String.format(Locale.ROOT, format, values)).append('\n');
        return this;
    }

    /**
     * The method around this body.
     *
     * @param signature such as {@code twice(self, x: Tensor) -> Tensor}
     */
    public String method(String signature) {
        return "  def " + signature + ":\n" + text;
    }
}
