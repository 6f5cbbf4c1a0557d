package dev.plumbline.example.quickstart;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Stands in for the people who compare answers: it knows the truth, prefers the answer with the higher {@linkplain
 * Verdict#utility() utility} and calls equal utilities a tie.
 */
public final class Judge {
    private final World world;
    private final Map<String, Question> questions = new HashMap<>();

    /** A judge for the questions of this world. */
    public Judge(World world) {
        this.world = world;
        for (Template template : Template.all()) {
            for (String animal : World.animals()) {
                Question question = new Question(template, animal);
                questions.put(question.text(), question);
            }
        }
    }

    /**
     * Reads an answer.
     *
     * @param prompt a question of this world, word by word
     * @param answer words and marks separated by blanks
     * @param complete the answer came to its end and was not cut off
     */
    public Verdict verdict(String prompt, String answer, boolean complete) {
        Question question = questions.get(prompt);
        if (question == null) {
            throw new IllegalArgumentException("prompt must be a question of this world, got \"" + prompt + "\"");
        }
        return new Count(question).verdict(Reading.of(answer, question.animal()), complete);
    }

    /** Ranks of answers from their utilities: 1 is the best, equal utilities share a rank. */
    public static List<Integer> ranks(List<Integer> utilities) {
        List<Integer> ranks = new ArrayList<>();
        for (int utility : utilities) {
            ranks.add(1
                    + (int) utilities.stream()
                            .distinct()
                            .filter(other -> other > utility)
                            .count());
        }
        return List.copyOf(ranks);
    }

    /** The counts of one answer. */
    private final class Count {
        private final Question question;
        private final Set<Attribute> spokenOf = EnumSet.noneOf(Attribute.class);
        private final Set<Attribute> told = EnumSet.noneOf(Attribute.class);
        private int wrong;
        private int surplus;
        private boolean named;
        private boolean kind;
        private boolean rude;
        private boolean broken;

        Count(Question question) {
            this.question = question;
        }

        Verdict verdict(List<Reading.Sentence> sentences, boolean complete) {
            for (Reading.Sentence sentence : sentences) {
                if (sentence instanceof Reading.Sentence.Statement statement) {
                    count(statement);
                } else if (sentence instanceof Reading.Sentence.Kind) {
                    surplus += kind ? 1 : 0;
                    kind = true;
                } else {
                    rude |= sentence instanceof Reading.Sentence.Rude;
                    broken |= sentence instanceof Reading.Sentence.Broken;
                    surplus++;
                }
            }
            return new Verdict(
                    question.asked().size(), told.size(), wrong, named, kind, rude, surplus, broken || !complete);
        }

        private void count(Reading.Sentence.Statement statement) {
            boolean aboutAsked = statement.animal().equals(question.animal());
            boolean useful = false;
            int idle = 0;
            for (Reading.Claim claim : statement.claims()) {
                boolean is = world.fact(statement.animal(), claim.attribute()).equals(claim.value());
                wrong += is ? 0 : 1;
                boolean asked = aboutAsked && question.asked().contains(claim.attribute());
                if (asked && is) {
                    told.add(claim.attribute());
                }
                if (asked && spokenOf.add(claim.attribute())) {
                    useful = true;
                } else {
                    idle++;
                }
            }
            named |= statement.named() && aboutAsked;
            surplus += useful ? idle : Math.max(1, idle);
        }
    }
}
