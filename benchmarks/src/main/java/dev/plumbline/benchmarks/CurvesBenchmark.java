package dev.plumbline.benchmarks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.plumbline.cli.client.RunWatch;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.DpoSpec;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.RewardModelSpec;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The losses of 20 steps of fine-tuning, of a reward model and of DPO in the whole platform, beside those of an
 * implementation in plain PyTorch (curves.py): the same start and the same batch in every step. Ends with an error if they
 * differ by more than 1e-3 of their value. Argument: a Python that has torch and transformers.
 */
public final class CurvesBenchmark {
    private static final int STEPS = 20;
    private static final int THREADS = 2;
    private static final double BOUND = 1e-3;
    private static final int LISTS = 6;
    private static final int ANSWERS = 4;
    private static final int END = 1;
    private static final JsonMapper JSON = new JsonMapper();

    private CurvesBenchmark() {}

    /** A prompt and its answers, the best first, as token ids. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Ranked(int[] prompt, List<int[]> answers) {
        String line() {
            List<String> texts = answers.stream().map(Ranked::text).toList();
            Map<String, Object> line = Map.of(
                    "prompt",
                    text(prompt),
                    "completions",
                    texts,
                    "ranks",
                    IntStream.rangeClosed(1, texts.size()).toArray());
            return JSON.valueToTree(line).toString();
        }

        private static String text(int[] ids) {
            return IntStream.of(ids).mapToObj(id -> "w" + id).collect(Collectors.joining(" "));
        }

        /** With the ends that the trainer adds. */
        List<Object> ids() {
            return List.of(
                    prompt,
                    answers.stream()
                            .map(ids -> IntStream.concat(IntStream.of(ids), IntStream.of(END))
                                    .toArray())
                            .toList());
        }
    }

    public static void main(String[] arguments) throws IOException {
        Path python = Path.of(arguments[0]);
        try (Scratch scratch = Scratch.create()) {
            Path directory = scratch.directory();
            FineTuningSpecs texts =
                    FineTuningSpecs.write(RandomLlama.S, FineTuningSpecs.Lengths.RAGGED, directory, STEPS);
            Path rewardModel = RandomLlama.S.writeRewardModel(directory, texts.checkpoint());
            List<Ranked> lists = lists();
            Path data = directory.resolve("lists.jsonl");
            Files.write(data, lists.stream().map(Ranked::line).toList());
            PythonScript peer = new PythonScript(python, "curves.py", directory);
            System.out.println("| run | first loss | last loss | largest relative difference |");
            System.out.println("|---|---|---|---|");
            double largest;
            try (TrainingHouse house =
                    TrainingHouse.start(directory.resolve("house"), THREADS, TrainingHouse.Models.SHARED)) {
                RunSpec.Builder sft = texts.run().toBuilder();
                sft.getSftBuilder().setOptimizer(optimizer(1e-3));
                largest = compare(
                        house, peer, sft.build(), work("sft", texts.checkpoint(), 1e-3, "texts", texts.batch()));
                List<Object> ids = lists.stream().<Object>map(Ranked::ids).toList();
                largest = Math.max(
                        largest,
                        compare(
                                house,
                                peer,
                                rewardModel(rewardModel, data),
                                work("reward_model", rewardModel, 1e-3, "lists", ids)));
                largest = Math.max(
                        largest,
                        compare(
                                house,
                                peer,
                                dpo(texts.checkpoint(), data),
                                work("dpo", texts.checkpoint(), 1e-4, "lists", ids)));
            }
            if (!(largest <= BOUND)) {
                throw new IllegalStateException("losses differ by up to " + largest + ", more than " + BOUND);
            }
        }
    }

    private static List<Ranked> lists() {
        Random random = new Random(1);
        return Stream.generate(() -> new Ranked(
                        ids(random, 8),
                        Stream.generate(() -> ids(random, 4 + random.nextInt(12)))
                                .limit(ANSWERS)
                                .toList()))
                .limit(LISTS)
                .toList();
    }

    private static int[] ids(Random random, int count) {
        return random.ints(count, 2, RandomLlama.S.vocabulary()).toArray();
    }

    private static Map<String, Object> work(String task, Path model, double rate, String part, Object content) {
        Map<String, Object> work = new HashMap<>();
        work.put("task", task);
        work.put("threads", THREADS);
        work.put("model", model.toString());
        work.put("learning_rate", rate);
        work.put("steps", STEPS);
        work.put(part, content);
        return work;
    }

    private static Optimizer optimizer(double rate) {
        return Optimizer.newBuilder()
                .setLearningRate(rate)
                .setSchedule(Schedule.SCHEDULE_CONSTANT)
                .build();
    }

    private static RunSpec rewardModel(Path model, Path data) {
        return RunSpec.newBuilder()
                .setName("reward-model")
                .setRewardModel(RewardModelSpec.newBuilder()
                        .setModel(model.toString())
                        .setData(Data.newBuilder().setPath(data.toString()))
                        .setOptimizer(optimizer(1e-3))
                        .setBatchSize(LISTS)
                        .setSteps(STEPS))
                .build();
    }

    private static RunSpec dpo(Path model, Path data) {
        return RunSpec.newBuilder()
                .setName("dpo")
                .setDpo(DpoSpec.newBuilder()
                        .setModel(model.toString())
                        .setData(Data.newBuilder().setPath(data.toString()))
                        .setOptimizer(optimizer(1e-4))
                        .setBatchSize(LISTS)
                        .setSteps(STEPS))
                .build();
    }

    private static double compare(TrainingHouse house, PythonScript peer, RunSpec spec, Map<String, Object> work)
            throws IOException {
        Losses losses = new Losses();
        house.follow(spec, losses);
        List<Double> theirs = peer.numbers(work);
        List<Double> own = losses.values;
        if (own.size() != STEPS || theirs.size() != STEPS) {
            throw new IllegalStateException("there are " + own.size() + " and " + theirs.size() + " losses");
        }
        double largest = 0;
        for (int step = 0; step < STEPS; step++) {
            largest = Math.max(largest, Math.abs(own.get(step) / theirs.get(step) - 1));
        }
        System.out.printf(
                Locale.ROOT, "| %s | %.5f | %.5f | %.1e |%n", spec.getName(), own.get(0), own.get(STEPS - 1), largest);
        return largest;
    }

    /** The losses of a run's steps. */
    private static final class Losses implements RunWatch.Listener {
        private final List<Double> values = new ArrayList<>();

        @Override
        public void changed(Run run) {}

        @Override
        public void measured(MetricsPoint point) {
            if (point.containsValues("loss")) {
                values.add(point.getValuesOrThrow("loss"));
            }
        }

        @Override
        public void interrupted(String reason) {
            throw new IllegalStateException("the trainer went away: " + reason);
        }
    }
}
