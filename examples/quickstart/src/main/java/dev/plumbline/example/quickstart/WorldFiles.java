package dev.plumbline.example.quickstart;

import dev.plumbline.example.quickstart.Split.Share;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A world as files, the same bytes for the same seed. The specs beside {@link #SPECS} read them by these names. */
public final class WorldFiles {
    /** The runs' specs, to be laid beside the directory {@link #DIRECTORY}; in the order of the story, then other ways. */
    public static final List<String> SPECS =
            List.of("base.yaml", "sft.yaml", "reward-model.yaml", "ppo.yaml", "grpo.yaml", "dpo.yaml");

    /** Name of the directory that the specs expect beside them. */
    public static final String DIRECTORY = "world";

    private static final int PARAGRAPHS = 12_000;
    private static final int HELD_OUT_PARAGRAPHS = 200;
    private static final int DEMONSTRATIONS_PER_QUESTION = 7;

    private WorldFiles() {}

    /**
     * Writes the base model's configuration and tokenizer (untrained/), plain text (text.jsonl, text-heldout.jsonl),
     * demonstrations (demonstrations.jsonl, demonstrations-heldout.jsonl), the prompts of PPO (practice.jsonl) and of
     * its evaluation (heldout.jsonl).
     */
    public static void write(World world, Split split, long seed, Path directory) throws IOException {
        Random random = new Random(seed);
        Files.createDirectories(directory);
        Checkpoint.write(directory.resolve("untrained"));
        PlainText text = new PlainText(world, random);
        Json.writeLines(directory.resolve("text.jsonl"), paragraphs(text, PARAGRAPHS));
        Json.writeLines(directory.resolve("text-heldout.jsonl"), paragraphs(text, HELD_OUT_PARAGRAPHS));
        Demonstrator crowd = new Demonstrator(world, random);
        Json.writeLines(
                directory.resolve("demonstrations.jsonl"),
                demonstrations(crowd, split.questions(Share.DEMONSTRATIONS), DEMONSTRATIONS_PER_QUESTION));
        Json.writeLines(
                directory.resolve("demonstrations-heldout.jsonl"),
                demonstrations(crowd, split.questions(Share.HELD_OUT_DEMONSTRATIONS), 1));
        Json.writeLines(directory.resolve("practice.jsonl"), prompts(split.prompts(Share.PRACTICE)));
        Json.writeLines(directory.resolve("heldout.jsonl"), prompts(split.prompts(Share.HELD_OUT_PROMPTS)));
    }

    /** Copies the specs as they are into a directory. */
    public static void writeSpecs(Path directory) throws IOException {
        for (String name : SPECS) {
            try (var in = WorldFiles.class.getResourceAsStream("/" + name)) {
                if (in == null) {
                    throw new IOException("the jar of the quickstart lacks " + name + "; build it again");
                }
                Files.write(directory.resolve(name), in.readAllBytes());
            }
        }
    }

    private static List<Map<String, Object>> paragraphs(PlainText text, int count) {
        List<Map<String, Object>> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lines.add(Json.object("text", text.paragraph()));
        }
        return lines;
    }

    private static List<Map<String, Object>> demonstrations(Demonstrator crowd, List<Question> questions, int each) {
        List<Map<String, Object>> lines = new ArrayList<>();
        for (Question question : questions) {
            for (int i = 0; i < each; i++) {
                lines.add(Json.object("prompt", question.text(), "completion", crowd.answer(question)));
            }
        }
        return lines;
    }

    private static List<Map<String, Object>> prompts(List<String> prompts) {
        return prompts.stream().map(prompt -> Json.object("prompt", prompt)).toList();
    }
}
