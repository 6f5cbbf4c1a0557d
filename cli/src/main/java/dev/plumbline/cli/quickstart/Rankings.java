package dev.plumbline.cli.quickstart;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.example.quickstart.Judge;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Writes answers with the judge's ranks, as lines that the reward model's run reads. */
final class Rankings {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Judge judge;
    private final boolean shuffled;
    private final Random random;

    /**
     * A writer of rankings.
     *
     * @param shuffled deals each prompt's ranks out anew: a reward model can learn nothing from them
     */
    Rankings(Judge judge, boolean shuffled, Random random) {
        this.judge = judge;
        this.shuffled = shuffled;
        this.random = random;
    }

    void write(Path file, List<Answered> prompts) throws IOException {
        try (Writer out = Files.newBufferedWriter(file)) {
            for (Answered answered : prompts) {
                out.write(MAPPER.writeValueAsString(line(answered)));
                out.write('\n');
            }
        }
    }

    private ObjectNode line(Answered answered) {
        List<Integer> utilities = new ArrayList<>();
        for (Answered.Answer answer : answered.answers()) {
            utilities.add(judge.verdict(answered.prompt(), answer.text(), answer.complete())
                    .utility());
        }
        List<Integer> ranks = new ArrayList<>(Judge.ranks(utilities));
        if (shuffled) {
            Collections.shuffle(ranks, random);
        }
        ObjectNode line = MAPPER.createObjectNode().put("prompt", answered.prompt());
        ArrayNode completions = line.putArray("completions");
        answered.answers().forEach(answer -> completions.add(answer.text()));
        ArrayNode places = line.putArray("ranks");
        ranks.forEach(places::add);
        return line;
    }
}
