package dev.plumbline.lm.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.mozilla.javascript.Context;
import org.mozilla.javascript.Script;

/**
 * {@code @huggingface/jinja}, made for chat templates, with what it prints unlike Jinja2 corrected. Parsed once for the
 * process, when the first template is; a script holds no state, so that all templates share it.
 */
final class JinjaLibrary {
    private static final Script SCRIPT = parse();

    private JinjaLibrary() {}

    /** Gives the function that parses a template. */
    static Script script() {
        return SCRIPT;
    }

    private static Script parse() {
        // Its own Error, as ES5 cannot derive a class from the built-in one; the library jumps out of loops by such.
        String script = """
                (function(Error) {
                    var module = {exports: {}};
                    %s
                    return (function() {
                        %s
                        %s
                        return templateOf;
                    })();
                })((function(Native) {
                    function Derivable(message) {
                        if (!(this instanceof Derivable)) {
                            return new Derivable(message);
                        }
                        this.message = message;
                    }
                    Derivable.prototype = Object.create(Native.prototype);
                    return Derivable;
                })(Error))
                """.formatted(
                        text("huggingface-jinja-0.5.11.js"), text("python-values.js"), text("python-rendering.js"));
        try (Context context = JinjaSandbox.open()) {
            return context.compileString(script, "jinja", 1, null);
        }
    }

    private static String text(String name) {
        String resource = "jinja/" + name;
        try (InputStream in =
                Objects.requireNonNull(JinjaLibrary.class.getResourceAsStream(resource), () -> "no " + resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + resource, e);
        }
    }
}
