package dev.plumbline.example.quickstart;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Animals and the truth about each. Another seed is another truth: no model can know it but from this world's texts. */
public final class World {
    private static final List<String> ANIMALS = List.of(
            "fox", "owl", "bear", "otter", "hare", "wolf", "deer", "mole", "crow", "swan", "goat", "lynx", "toad",
            "duck", "crab", "seal", "stork", "badger", "beaver", "heron", "lizard", "magpie");

    private final Map<String, Map<Attribute, String>> facts;

    private World(Map<String, Map<Attribute, String>> facts) {
        this.facts = facts;
    }

    /** The world of a seed. */
    public static World of(long seed) {
        // java.util.Random: its sequence is part of its specification, so a seed means the same on every JDK.
        Random random = new Random(seed);
        Map<String, Map<Attribute, String>> facts = new LinkedHashMap<>();
        for (String animal : ANIMALS) {
            Map<Attribute, String> known = new EnumMap<>(Attribute.class);
            for (Attribute attribute : Attribute.values()) {
                known.put(attribute, Choice.from(attribute.range(), random));
            }
            facts.put(animal, known);
        }
        return new World(facts);
    }

    /** All animals, always in the same order. */
    static List<String> animals() {
        return ANIMALS;
    }

    /** The truth. */
    String fact(String animal, Attribute attribute) {
        Map<Attribute, String> known = facts.get(animal);
        if (known == null) {
            throw new IllegalArgumentException("animal must be one of " + ANIMALS + ", got " + animal);
        }
        return known.getOrDefault(attribute, "");
    }

    /** Something untrue: another value of the attribute. */
    String falsehood(String animal, Attribute attribute, Random random) {
        List<String> others = new ArrayList<>(attribute.range());
        others.remove(fact(animal, attribute));
        return Choice.from(others, random);
    }
}
