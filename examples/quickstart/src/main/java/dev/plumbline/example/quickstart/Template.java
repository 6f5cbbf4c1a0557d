package dev.plumbline.example.quickstart;

import java.util.ArrayList;
import java.util.List;

/**
 * A way to ask.
 *
 * @param pattern the question, with {animal} for the animal
 * @param asked the attributes asked for, one or two
 */
record Template(String pattern, List<Attribute> asked) {
    private static final List<Template> EVERY = every();

    Template {
        asked = List.copyOf(asked);
        if (asked.isEmpty() || asked.size() > 2) {
            throw new IllegalArgumentException("a template asks for one attribute or two, got " + asked);
        }
    }

    /** Every template: 45 ask for one fact, 30 for two. */
    static List<Template> all() {
        return EVERY;
    }

    private static List<Template> every() {
        List<Template> every = new ArrayList<>();
        for (Attribute attribute : Attribute.values()) {
            for (String pattern : attribute.lookups()) {
                every.add(new Template(pattern, List.of(attribute)));
            }
        }
        for (Attribute first : Attribute.values()) {
            for (Attribute second : Attribute.values()) {
                if (first.compareTo(second) < 0) {
                    String nouns = "the " + first.noun() + " and the " + second.noun() + " of the {animal}";
                    every.add(new Template("tell me " + nouns + " .", List.of(first, second)));
                    every.add(new Template("what are " + nouns + " ?", List.of(first, second)));
                    every.add(new Template("do you know " + nouns + " ?", List.of(first, second)));
                }
            }
        }
        return List.copyOf(every);
    }
}
