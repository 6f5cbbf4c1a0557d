package dev.plumbline.benchmarks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.SftObjective;
import dev.plumbline.proto.trainer.v1.SftSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A fine-tuning run whose every step learns the same texts.
 *
 * @param checkpoint where it starts
 * @param batch the token ids of its texts, beginnings and ends included
 */
record FineTuningSpecs(RunSpec run, Path checkpoint, List<int[]> batch) {
    /** The first two words are the beginning and the end of a text. */
    private static final int BEGINNING = 0;

    private static final int END = 1;

    private static final JsonMapper JSON = new JsonMapper();

    /** How long the texts are, in tokens. */
    enum Lengths {
        /** 8 of 256 tokens. */
        EVEN("8 x 256") {
            @Override
            int[] tokens() {
                return IntStream.generate(() -> LONGEST).limit(8).toArray();
            }
        },
        /** 32 of 32 to 256 tokens, spread evenly. */
        RAGGED("32 of 32 to 256") {
            @Override
            int[] tokens() {
                return IntStream.range(0, 32)
                        .map(i -> 32 + i * (LONGEST - 32) / 31)
                        .toArray();
            }
        };

        private static final int LONGEST = 256;

        private final String description;

        Lengths(String description) {
            this.description = description;
        }

        abstract int[] tokens();

        @Override
        public String toString() {
            return description;
        }
    }

    /** Writes model and data below a directory. */
    static FineTuningSpecs write(RandomLlama model, Lengths lengths, Path directory, int steps) throws IOException {
        Path checkpoint = model.write(directory);
        Random random = new Random(1);
        List<int[]> batch = IntStream.of(lengths.tokens())
                .mapToObj(length -> Stream.of(
                                IntStream.of(BEGINNING),
                                random.ints((long) length - 2, 2, model.vocabulary()),
                                IntStream.of(END))
                        .flatMapToInt(part -> part)
                        .toArray())
                .toList();
        Path texts = directory.resolve("texts.jsonl");
        Files.writeString(
                texts,
                batch.stream()
                        .map(ids -> JSON.createObjectNode().put("text", text(ids)) + "\n")
                        .collect(Collectors.joining()));
        RunSpec run = RunSpec.newBuilder()
                .setName("fine-tuning")
                .setSft(SftSpec.newBuilder()
                        .setModel(checkpoint.toString())
                        .setObjective(SftObjective.SFT_OBJECTIVE_TEXT)
                        .setData(Data.newBuilder().setPath(texts.toString()))
                        .setBatchSize(batch.size())
                        .setSteps(steps))
                .build();
        return new FineTuningSpecs(run, checkpoint, batch);
    }

    /** Steps before those that count, some twenty seconds, as {@link PpoSpecs#warmUp}. */
    static int warmUp(RandomLlama model) {
        return switch (model) {
            case S -> 120;
            case M -> 8;
            case G -> 2;
        };
    }

    /** Without beginning and end, which the trainer adds. */
    private static String text(int[] ids) {
        return IntStream.of(ids)
                .limit((long) ids.length - 1)
                .skip(1)
                .mapToObj(id -> "w" + id)
                .collect(Collectors.joining(" "));
    }

    int tokens() {
        return batch.stream().mapToInt(ids -> ids.length).sum();
    }
}
