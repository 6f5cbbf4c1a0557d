package dev.plumbline.lm.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a Jinja template prints, for the constructs that ChatML templates are written in: text, concatenations of
 * literals and message fields, a loop over the messages, the condition on the generation prompt. Templates that print
 * the same have the same outline, whatever their spacing, quotes and names.
 */
final class JinjaOutline {

    /** One thing that a template does. */
    sealed interface Step {}

    /** Prints a text. */
    record Literal(String text) implements Step {}

    /** Prints {@code role} or {@code content} of the message that the loop has reached. */
    record Field(String name) implements Step {}

    /** What is not printed. */
    enum Control implements Step {
        FOR_EACH_MESSAGE,
        END_FOR,
        IF_GENERATION_PROMPT,
        END_IF
    }

    /** {@code {% … %}}, {@code {{ … }}} or {@code {# … #}}, with the signs of whitespace control. */
    private static final Pattern TAG = Pattern.compile("\\{([%{#])([-+]?)(.*?)([-+]?)([%}#])\\}", Pattern.DOTALL);

    private static final Pattern LOOP = Pattern.compile("for (\\w+) in messages");

    /** A literal or a field, and the operator or the end after it. */
    private static final Pattern TERM = Pattern.compile("\\G\\s*"
            + "(?:(?<quote>['\"])(?<literal>(?:(?!\\k<quote>)[^\\\\]|\\\\[nt'\"\\\\])*)\\k<quote>"
            + "|(?<variable>\\w+)(?:\\.(?<attribute>\\w+)|\\[\\s*['\"](?<item>\\w+)['\"]\\s*\\]))"
            + "\\s*(?<next>[+~]|$)");

    private final List<Step> steps = new ArrayList<>();
    private String loopVariable = "";
    /** Within a default for {@code add_generation_prompt}, which many templates give and transformers never needs. */
    private boolean skipping;

    private JinjaOutline() {}

    /** Empty if the template uses any other construct. */
    static Optional<List<Step>> of(String template) {
        JinjaOutline outline = new JinjaOutline();
        return outline.readTemplate(template) ? Optional.of(List.copyOf(outline.steps)) : Optional.empty();
    }

    /** Whitespace is handled as with transformers' options: trim_blocks, lstrip_blocks, no trailing newline. */
    private boolean readTemplate(String template) {
        String source = template.endsWith("\n") ? template.substring(0, template.length() - 1) : template;
        Matcher tag = TAG.matcher(source);
        int position = 0;
        boolean lineStart = true;
        boolean strip = false;
        while (tag.find()) {
            String kind = tag.group(1);
            boolean block = !kind.equals("{");
            String text = source.substring(position, tag.start());
            if (strip) {
                text = text.stripLeading();
            }
            if (tag.group(2).equals("-")) {
                text = text.stripTrailing();
            } else if (block && !tag.group(2).equals("+")) {
                text = withoutIndentation(text, lineStart);
            }
            print(text);
            if (!tag.group(5).equals(kind.equals("{") ? "}" : kind)
                    || !readTag(kind, tag.group(3).strip())) {
                return false;
            }
            position = tag.end();
            strip = tag.group(4).equals("-");
            lineStart = block && tag.group(4).isEmpty() && source.startsWith("\n", position);
            if (lineStart) {
                position++;
            }
        }
        String rest = source.substring(position);
        print(strip ? rest.stripLeading() : rest);
        return true;
    }

    /** Drops the spaces between the last newline, or the start of a line, and the tag that follows. */
    private static String withoutIndentation(String text, boolean lineStart) {
        int line = text.lastIndexOf('\n') + 1;
        return (line > 0 || lineStart) && text.substring(line).isBlank() ? text.substring(0, line) : text;
    }

    private boolean readTag(String kind, String body) {
        return switch (kind) {
            case "#" -> true;
            case "{" -> readExpression(body);
            default -> readStatement(body.replaceAll("\\s+", " "));
        };
    }

    private boolean readStatement(String statement) {
        if (skipping) {
            skipping = !statement.equals("endif");
            return !skipping || statement.equals("set add_generation_prompt = false");
        }
        Matcher loop = LOOP.matcher(statement);
        if (loop.matches()) {
            loopVariable = loop.group(1);
            return steps.add(Control.FOR_EACH_MESSAGE);
        }
        return switch (statement) {
            case "endfor" -> steps.add(Control.END_FOR);
            case "endif" -> steps.add(Control.END_IF);
            case "if add_generation_prompt",
                    "if add_generation_prompt is defined and add_generation_prompt",
                    "if (add_generation_prompt is defined and add_generation_prompt)" ->
                steps.add(Control.IF_GENERATION_PROMPT);
            case "if not add_generation_prompt is defined", "if add_generation_prompt is not defined" -> {
                skipping = true;
                yield true;
            }
            default -> false;
        };
    }

    private boolean readExpression(String expression) {
        Matcher term = TERM.matcher(expression);
        boolean more = true;
        while (more) {
            if (!term.find() || !readTerm(term)) {
                return false;
            }
            more = !term.group("next").isEmpty();
        }
        return true;
    }

    private boolean readTerm(Matcher term) {
        String literal = term.group("literal");
        if (literal != null) {
            print(literal.translateEscapes());
            return true;
        }
        String attribute = term.group("attribute");
        String name = attribute == null ? term.group("item") : attribute;
        return loopVariable.equals(term.group("variable"))
                && (name.equals("role") || name.equals("content"))
                && steps.add(new Field(name));
    }

    /** Texts printed one after the other are one text. */
    private void print(String text) {
        if (text.isEmpty() || skipping) {
            return;
        }
        int last = steps.size() - 1;
        if (last >= 0 && steps.get(last) instanceof Literal before) {
            steps.set(last, new Literal(before.text() + text));
        } else {
            steps.add(new Literal(text));
        }
    }
}
