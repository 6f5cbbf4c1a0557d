package dev.plumbline.example.quickstart;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Plain text for the base model: true statements about animals, with talk around them; no question, no answer. */
final class PlainText {
    private static final double TALK = 0.15;
    private static final double BY_NOUN = 0.4;
    private static final double TWO_IN_ONE = 0.3;

    private final World world;
    private final Random random;

    PlainText(World world, Random random) {
        this.world = world;
        this.random = random;
    }

    /** All five attributes of one animal in some order, in sentences of various forms, sometimes with talk. */
    String paragraph() {
        String animal = Choice.from(World.animals(), random);
        List<Attribute> order = new ArrayList<>(List.of(Attribute.values()));
        Collections.shuffle(order, random);
        List<String> sentences = new ArrayList<>();
        for (int i = 0; i < order.size(); i++) {
            Attribute attribute = order.get(i);
            boolean named = i == 0 || Choice.with(0.6, random);
            String subject = named ? "the " + animal : "it";
            if (i + 1 < order.size() && Choice.with(TWO_IN_ONE, random)) {
                Attribute next = order.get(++i);
                sentences.add(subject + " " + clause(animal, attribute) + " and " + clause(animal, next) + " .");
            } else if (Choice.with(BY_NOUN, random)) {
                String owner = named ? "the " + attribute.noun() + " of the " + animal : "its " + attribute.noun();
                sentences.add(owner + " is " + world.fact(animal, attribute) + " .");
            } else {
                sentences.add(subject + " " + clause(animal, attribute) + " .");
            }
            if (Choice.with(TALK, random)) {
                sentences.add(talk());
            }
        }
        return String.join(" ", sentences);
    }

    private String clause(String animal, Attribute attribute) {
        return attribute.clause(world.fact(animal, attribute));
    }

    private String talk() {
        return Choice.from(Choice.from(Phrases.ALL, random), random);
    }
}
