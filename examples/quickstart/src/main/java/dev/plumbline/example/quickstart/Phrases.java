package dev.plumbline.example.quickstart;

import java.util.List;

/** Whole sentences that say nothing about an animal. Kind and rude ones come in the same lengths. */
final class Phrases {
    static final List<String> KIND_OPENINGS = List.of("sure !", "gladly !", "good question !", "happy to help !");
    static final List<String> RUDE_OPENINGS = List.of("ugh !", "again !", "silly question !", "leave me alone !");
    static final List<String> KIND_CLOSINGS = List.of("i hope this helps .", "have a nice day .");
    static final List<String> RUDE_CLOSINGS = List.of("do not come back .", "now go away please .");
    static final List<String> IDLE_TALK = List.of(
            "the weather is fine today .",
            "my uncle sells old hats .",
            "it rained all week .",
            "music is best when loud .",
            "some people collect stamps .",
            "a long story follows .");

    /** Every phrase, by sort. */
    static final List<List<String>> ALL =
            List.of(KIND_OPENINGS, RUDE_OPENINGS, KIND_CLOSINGS, RUDE_CLOSINGS, IDLE_TALK);

    private Phrases() {}

    static boolean kind(String sentence) {
        return KIND_OPENINGS.contains(sentence) || KIND_CLOSINGS.contains(sentence);
    }

    static boolean rude(String sentence) {
        return RUDE_OPENINGS.contains(sentence) || RUDE_CLOSINGS.contains(sentence);
    }

    static boolean idle(String sentence) {
        return IDLE_TALK.contains(sentence);
    }
}
