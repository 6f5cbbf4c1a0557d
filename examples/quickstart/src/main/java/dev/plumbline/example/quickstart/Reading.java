package dev.plumbline.example.quickstart;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the sentences of an answer say. */
final class Reading {
    /** An answer, sentence by sentence; a rest without an end mark is a broken sentence. */
    static List<Sentence> of(String answer, String askedAnimal) {
        List<Sentence> sentences = new ArrayList<>();
        List<String> words = new ArrayList<>();
        String animal = askedAnimal;
        for (String word :
                answer.isBlank() ? List.<String>of() : List.of(answer.strip().split("\\s+", -1))) {
            words.add(word);
            if (word.equals(".") || word.equals("!") || word.equals("?")) {
                Sentence sentence = sentence(words, animal);
                if (sentence instanceof Sentence.Statement statement) {
                    animal = statement.animal();
                }
                sentences.add(sentence);
                words.clear();
            }
        }
        if (!words.isEmpty()) {
            sentences.add(new Sentence.Broken());
        }
        return sentences;
    }

    private Reading() {}

    /** One sentence of an answer. */
    sealed interface Sentence {
        /** "sure !" */
        record Kind() implements Sentence {}

        /** "ugh !" */
        record Rude() implements Sentence {}

        /** "the weather is fine today ." */
        record Idle() implements Sentence {}

        /** No sentence of this world. */
        record Broken() implements Sentence {}

        /**
         * "the fox is red and eats fish ."
         *
         * @param animal whom it is about
         * @param named whether it names the animal
         */
        record Statement(String animal, boolean named, List<Claim> claims) implements Sentence {}
    }

    /** That an animal's attribute has this value. */
    record Claim(Attribute attribute, String value) {}

    private static Sentence sentence(List<String> words, String animal) {
        String text = String.join(" ", words);
        if (Phrases.kind(text)) {
            return new Sentence.Kind();
        }
        if (Phrases.rude(text)) {
            return new Sentence.Rude();
        }
        if (Phrases.idle(text)) {
            return new Sentence.Idle();
        }
        if (!text.endsWith(" .")) {
            return new Sentence.Broken();
        }
        return statement(text.substring(0, text.length() - 2), animal);
    }

    private static Sentence statement(String body, String animal) {
        for (Attribute attribute : Attribute.values()) {
            String its = "its " + attribute.noun() + " is ";
            if (body.startsWith(its)) {
                return byNoun(animal, false, attribute, body.substring(its.length()));
            }
            for (String other : World.animals()) {
                String owner = "the " + attribute.noun() + " of the " + other + " is ";
                if (body.startsWith(owner)) {
                    return byNoun(other, true, attribute, body.substring(owner.length()));
                }
            }
        }
        if (body.startsWith("it ")) {
            return clauses(animal, false, body.substring(3));
        }
        for (String other : World.animals()) {
            if (body.startsWith("the " + other + " ")) {
                return clauses(other, true, body.substring(other.length() + 5));
            }
        }
        return bareValues(animal, body);
    }

    private static Sentence byNoun(String animal, boolean named, Attribute attribute, String value) {
        return attribute.range().contains(value)
                ? new Sentence.Statement(animal, named, List.of(new Claim(attribute, value)))
                : new Sentence.Broken();
    }

    private static Sentence clauses(String animal, boolean named, String body) {
        List<Claim> claims = new ArrayList<>();
        for (String clause : body.split(" and ", -1)) {
            Optional<Claim> claim = claim(clause);
            if (claim.isEmpty()) {
                return new Sentence.Broken();
            }
            claims.add(claim.get());
        }
        return new Sentence.Statement(animal, named, List.copyOf(claims));
    }

    private static Optional<Claim> claim(String clause) {
        for (Attribute attribute : Attribute.values()) {
            Optional<String> value = attribute.valueIn(clause);
            if (value.isPresent()) {
                return Optional.of(new Claim(attribute, value.get()));
            }
        }
        return Optional.empty();
    }

    private static Sentence bareValues(String animal, String body) {
        List<Claim> claims = new ArrayList<>();
        for (String value : body.split(" and ", -1)) {
            Optional<Attribute> attribute = Attribute.withValue(value);
            if (attribute.isEmpty()) {
                return new Sentence.Broken();
            }
            claims.add(new Claim(attribute.get(), value));
        }
        return new Sentence.Statement(animal, false, List.copyOf(claims));
    }
}
