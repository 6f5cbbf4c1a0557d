package dev.plumbline.example.quickstart;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Writes demonstrations as a crowd of uneven people would: some kind, some rude, some wrong, some wordy. Every kind of
 * answer that the judge likes is among them, and every one it dislikes, so that a model which imitates them has room
 * to become better.
 */
final class Demonstrator {
    private static final double WRONG = 0.12;
    private static final double ONE_OF_TWO = 0.4;
    private static final double OPENING = 0.45;
    private static final double KIND_OPENING = 0.55;
    private static final double CLOSING = 0.25;
    private static final double KIND_CLOSING = 0.6;
    private static final double NAMED = 0.5;
    private static final double BARE = 0.4;
    private static final double BY_NOUN = 0.25;
    private static final double WORDY = 0.35;
    private static final double IDLE = 0.5;

    private final World world;
    private final Random random;

    Demonstrator(World world, Random random) {
        this.world = world;
        this.random = random;
    }

    String answer(Question question) {
        List<String> sentences = new ArrayList<>();
        if (chance(OPENING)) {
            sentences.add(pick(chance(KIND_OPENING) ? Phrases.KIND_OPENINGS : Phrases.RUDE_OPENINGS));
        }
        sentences.add(statement(question));
        while (chance(WORDY)) {
            sentences.add(chance(IDLE) ? pick(Phrases.IDLE_TALK) : aside(question));
        }
        if (chance(CLOSING)) {
            sentences.add(pick(chance(KIND_CLOSING) ? Phrases.KIND_CLOSINGS : Phrases.RUDE_CLOSINGS));
        }
        return String.join(" ", sentences);
    }

    private String statement(Question question) {
        List<Attribute> told = question.asked();
        if (told.size() == 2 && chance(ONE_OF_TWO)) {
            told = List.of(pick(told));
        }
        List<String> claims = told.stream()
                .map(attribute -> claim(question.animal(), attribute))
                .toList();
        return sentence(question.animal(), told, claims);
    }

    /** Something about the animal that nobody asked for. */
    private String aside(Question question) {
        List<Attribute> others = new ArrayList<>(List.of(Attribute.values()));
        others.removeAll(question.asked());
        Attribute attribute = pick(others);
        return "it " + attribute.clause(claim(question.animal(), attribute)) + " .";
    }

    private String sentence(String animal, List<Attribute> attributes, List<String> values) {
        boolean named = chance(NAMED);
        if (!named && chance(BARE)) {
            return String.join(" and ", values) + " .";
        }
        if (attributes.size() == 1 && chance(BY_NOUN)) {
            String noun = attributes.get(0).noun();
            return (named ? "the " + noun + " of the " + animal : "its " + noun) + " is " + values.get(0) + " .";
        }
        List<String> clauses = new ArrayList<>();
        for (int i = 0; i < attributes.size(); i++) {
            clauses.add(attributes.get(i).clause(values.get(i)));
        }
        return (named ? "the " + animal : "it") + " " + String.join(" and ", clauses) + " .";
    }

    private String claim(String animal, Attribute attribute) {
        return chance(WRONG) ? world.falsehood(animal, attribute, random) : world.fact(animal, attribute);
    }

    private boolean chance(double probability) {
        return Choice.with(probability, random);
    }

    private <T> T pick(List<T> list) {
        return Choice.from(list, random);
    }
}
