package dev.plumbline.example.quickstart;

import java.util.List;
import java.util.Optional;

/**
 * What can be known of an animal. The values of different attributes are different words, so that a bare value says
 * which attribute it belongs to.
 */
@SuppressWarnings("ImmutableEnumChecker") // Its lists are made by List.of, which the checker cannot see.
enum Attribute {
    COLOR(
            "color",
            "is",
            "",
            List.of("red", "blue", "green", "white", "black", "brown", "golden", "grey"),
            List.of(
                    "what color is the {animal} ?",
                    "which color does the {animal} have ?",
                    "tell me the color of the {animal} .",
                    "i wonder what color the {animal} has .",
                    "do you know the color of the {animal} ?",
                    "how should i paint the {animal} ?",
                    "name the color of the {animal} .",
                    "in what color do i see the {animal} ?",
                    "can you say what color the {animal} is ?")),
    HOME(
            "home",
            "lives in the",
            "",
            List.of("forest", "river", "meadow", "mountain", "desert", "harbor", "cave", "garden"),
            List.of(
                    "where does the {animal} live ?",
                    "what is the home of the {animal} ?",
                    "tell me where the {animal} lives .",
                    "where can i find the {animal} ?",
                    "do you know the home of the {animal} ?",
                    "in which place does the {animal} live ?",
                    "name the home of the {animal} .",
                    "where should i look for the {animal} ?",
                    "can you say where the {animal} lives ?")),
    FOOD(
            "food",
            "eats",
            "",
            List.of("berries", "fish", "seeds", "honey", "roots", "insects", "apples", "moss"),
            List.of(
                    "what does the {animal} eat ?",
                    "what is the food of the {animal} ?",
                    "tell me what the {animal} eats .",
                    "what should i feed the {animal} ?",
                    "do you know the food of the {animal} ?",
                    "what does the {animal} have for dinner ?",
                    "name the food of the {animal} .",
                    "what do i bring for the {animal} to eat ?",
                    "can you say what the {animal} eats ?")),
    HOUR(
            "hour",
            "wakes at",
            "",
            List.of("dawn", "noon", "dusk", "night", "sunrise", "midnight"),
            List.of(
                    "when does the {animal} wake ?",
                    "what is the hour of the {animal} ?",
                    "tell me when the {animal} wakes .",
                    "when should i visit the {animal} ?",
                    "do you know when the {animal} wakes ?",
                    "at which hour is the {animal} up ?",
                    "name the hour of the {animal} .",
                    "when is it time to see the {animal} ?",
                    "can you say when the {animal} wakes ?")),
    FAMILY(
            "family",
            "has",
            "young",
            List.of("two", "three", "four", "five", "six", "seven"),
            List.of(
                    "how many young does the {animal} have ?",
                    "how large is the family of the {animal} ?",
                    "tell me how many young the {animal} has .",
                    "for how many young does the {animal} care ?",
                    "do you know the family of the {animal} ?",
                    "how many young should i draw for the {animal} ?",
                    "name the family of the {animal} .",
                    "how many young do i see beside the {animal} ?",
                    "can you say how many young the {animal} has ?"));

    private final String noun;
    private final String verb;
    private final String tail;
    private final List<String> values;
    private final List<String> lookups;

    Attribute(String noun, String verb, String tail, List<String> values, List<String> lookups) {
        this.noun = noun;
        this.verb = verb;
        this.tail = tail;
        this.values = values;
        this.lookups = lookups;
    }

    /** Its name in "the color of the fox". */
    String noun() {
        return noun;
    }

    /** What it can be. */
    List<String> range() {
        return values;
    }

    /** Ways to ask for it; {animal} stands for the animal. */
    List<String> lookups() {
        return lookups;
    }

    /** "lives in the forest". */
    String clause(String value) {
        return tail.isEmpty() ? verb + " " + value : verb + " " + value + " " + tail;
    }

    /** The value of a clause of this attribute; empty if it is something else. */
    Optional<String> valueIn(String clause) {
        return values.stream().filter(value -> clause(value).equals(clause)).findFirst();
    }

    /** The attribute that has this value; empty for any other word. */
    static Optional<Attribute> withValue(String word) {
        for (Attribute attribute : values()) {
            if (attribute.values.contains(word)) {
                return Optional.of(attribute);
            }
        }
        return Optional.empty();
    }
}
