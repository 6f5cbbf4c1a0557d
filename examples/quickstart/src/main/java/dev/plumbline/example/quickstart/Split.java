package dev.plumbline.example.quickstart;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Who gets which questions. Every pair of a template and an animal belongs to exactly one share, so that no stage sees
 * a pair of another one and nothing is measured on a pair that was trained on.
 */
public final class Split {
    private final Map<Share, List<Question>> questions;

    private Split(Map<Share, List<Question>> questions) {
        this.questions = questions;
    }

    /** A share of the pairs; the number is the animals it gets of each template's 22. */
    public enum Share {
        /** Answered by demonstrations, which the model imitates. */
        DEMONSTRATIONS(5),
        /** Answered by the imitator and ranked, for the reward model. */
        RANKINGS(8),
        /** Answered in PPO. */
        PRACTICE(5),
        /** Held out: demonstrations to measure the imitator on. */
        HELD_OUT_DEMONSTRATIONS(1),
        /** Held out: ranked answers to measure the reward model on. */
        HELD_OUT_RANKINGS(1),
        /** Held out: the judge compares the models here. */
        HELD_OUT_PROMPTS(2);

        private final int animals;

        Share(int animals) {
            this.animals = animals;
        }
    }

    /** The split of a seed. */
    public static Split of(long seed) {
        Random random = new Random(seed);
        Map<Share, List<Question>> questions = new EnumMap<>(Share.class);
        for (Template template : Template.all()) {
            List<String> animals = new ArrayList<>(World.animals());
            Collections.shuffle(animals, random);
            int next = 0;
            for (Share share : Share.values()) {
                for (String animal : animals.subList(next, next + share.animals)) {
                    questions.computeIfAbsent(share, s -> new ArrayList<>()).add(new Question(template, animal));
                }
                next += share.animals;
            }
        }
        questions.values().forEach(list -> Collections.shuffle(list, random));
        return new Split(questions);
    }

    /** The texts of a share's questions, in random order. */
    public List<String> prompts(Share share) {
        return questions(share).stream().map(Question::text).toList();
    }

    List<Question> questions(Share share) {
        return Collections.unmodifiableList(questions.getOrDefault(share, List.of()));
    }
}
