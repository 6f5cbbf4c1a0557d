package dev.plumbline.lm.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.regex.Pattern;
import org.mozilla.javascript.Context;
import org.mozilla.javascript.Function;
import org.mozilla.javascript.JavaScriptException;
import org.mozilla.javascript.LambdaFunction;
import org.mozilla.javascript.RhinoException;
import org.mozilla.javascript.ScriptableObject;

/**
 * One parsed Jinja template, rendered by a JavaScript library in an interpreter. A template is code of the checkpoint's
 * author: it sees no class of Java, no file and no network, and neither its time, its depth nor its text has no end.
 *
 * <p>Safe for use by several threads at once: one renders at a time.
 */
final class JinjaTemplate {
    /** JavaScript's integers are exact up to here. */
    private static final long MAX_INTEGER = (1L << 53) - 1;

    /**
     * A loop over what is called content, as an attribute, a key or a variable: {@code {% for part in message.content %}}.
     * Templates that expect one text write content out and do not go through it.
     */
    private static final Pattern LOOP_OVER_CONTENT = Pattern.compile(
            "\\{%[-+]?\\s*for\\s+\\w+\\s+in\\s+[\\w.\\[\\]'\"]*\\bcontent['\"]?]?\\s*(?:\\||if\\b|[-+]?%})");

    private final String source;
    private final boolean readsParts;
    private final ScriptableObject scope;
    private final Function render;

    /**
     * @param source where the text was found, for complaints
     * @param clock for templates that write today's date
     * @throws IllegalArgumentException if it is not a template
     */
    JinjaTemplate(String jinja, String source, Clock clock) {
        this.source = source;
        this.readsParts = LOOP_OVER_CONTENT.matcher(jinja).find();
        try (Context context = JinjaSandbox.open()) {
            scope = context.initSafeStandardObjects();
            Function templateOf = (Function) JinjaLibrary.script().exec(context, scope, scope);
            Function now = new LambdaFunction(
                    scope,
                    "now",
                    1,
                    (callee, inScope, self, arguments) ->
                            Strftime.format(ZonedDateTime.now(clock), Context.toString(arguments[0])));
            render = (Function) run(
                    () -> templateOf.call(context, scope, scope, new Object[] {jinja, now}), "be parsed");
        }
    }

    /** Whether it takes content that is a list of parts, judged by how it is written. */
    boolean readsParts() {
        return readsParts;
    }

    /**
     * @throws IllegalArgumentException if the template refuses the variables, or does what cannot be done
     */
    synchronized String render(ObjectNode variables) {
        try (Context context = JinjaSandbox.open()) {
            Object[] arguments = {tagged(variables).toString()};
            return Context.toString(run(() -> render.call(context, scope, scope, arguments), "be rendered"));
        }
    }

    private interface Call {
        Object run();
    }

    private Object run(Call call, String what) {
        try {
            return call.run();
        } catch (JavaScriptException e) {
            if (e.getValue() instanceof ScriptableObject error) {
                String message = Context.toString(ScriptableObject.getProperty(error, "message"));
                boolean raised = Boolean.TRUE.equals(ScriptableObject.getProperty(error, "raised"));
                throw new IllegalArgumentException(
                        raised ? message + " (says " + source + ")" : source + " cannot " + what + ": " + message, e);
            }
            throw new IllegalArgumentException(source + " cannot " + what + ": " + e.details(), e);
        } catch (RhinoException e) {
            throw new IllegalArgumentException(source + " cannot " + what + ": " + e.details(), e);
        } catch (IllegalArgumentException e) { // of a function of the host
            throw new IllegalArgumentException(source + " cannot " + what + ": " + e.getMessage(), e);
        } catch (JinjaSandbox.Exhausted | StackOverflowError e) {
            throw new IllegalArgumentException(
                    source + " cannot " + what + ": it does not come to an end within " + JinjaSandbox.MAX_STEPS
                            + " steps or goes too deep",
                    e);
        }
    }

    /**
     * Objects become {@code {"map": [[key, value], …]}}, because JavaScript puts keys that are numbers first, and floats
     * {@code {"float": …}}, because it takes 1.0 for an integer.
     */
    private static JsonNode tagged(JsonNode node) {
        if (node.isObject()) {
            ObjectNode map = JsonFile.MAPPER.createObjectNode();
            var entries = map.putArray("map");
            node.properties()
                    .forEach(entry -> entries.addArray().add(entry.getKey()).add(tagged(entry.getValue())));
            return map;
        }
        if (node.isArray()) {
            var items = JsonFile.MAPPER.createArrayNode();
            node.forEach(item -> items.add(tagged(item)));
            return items;
        }
        if (node.isFloatingPointNumber()) {
            if (!Double.isFinite(node.doubleValue())) {
                throw new IllegalArgumentException("conversation must have finite numbers, got " + node);
            }
            return JsonFile.MAPPER.createObjectNode().set("float", node);
        }
        if (node.isIntegralNumber() && (!node.canConvertToLong() || Math.abs(node.longValue()) > MAX_INTEGER)) {
            throw new IllegalArgumentException(
                    "conversation must have integers within ±" + MAX_INTEGER + ", got " + node + "; write it as text");
        }
        return node;
    }
}
