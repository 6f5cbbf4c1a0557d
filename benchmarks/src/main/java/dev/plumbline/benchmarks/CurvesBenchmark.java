package dev.plumbline.benchmarks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.DpoSpec;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.RewardModelSpec;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The figures of 20 steps of fine-tuning, of a reward model, of DPO, and of the algorithms that learn from a reward, in the
 * whole platform, beside those of implementations in plain PyTorch (curves.py, estimators.py): the same start and the same
 * batch in every step. Ends with an error if they differ by more than 1e-3 of their value. Argument: a Python that has torch
 * and transformers.
 */
public final class CurvesBenchmark {
    private static final int STEPS = 20;
    private static final int THREADS = 2;
    private static final double BOUND = 1e-3;
    private static final int LISTS = 6;
    private static final int ANSWERS = 4;
    private static final int BEGINNING = 0;
    private static final int END = 1;
    /** What the reward model's run publishes. */
    private static final String JUDGE = "reward";

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
            List<Object> ids = lists.stream().<Object>map(Ranked::ids).toList();
            RunSpec.Builder sft = texts.run().toBuilder();
            sft.getSftBuilder().setOptimizer(optimizer(1e-3));
            PythonScript peer = new PythonScript(python, "curves.py", directory);
            PythonScript learner = new PythonScript(python, "estimators.py", directory);
            System.out.println("| run | figure | first | last | largest relative difference |");
            System.out.println("|---|---|---|---|---|");
            List<Double> differences = new ArrayList<>();
            try (TrainingHouse house =
                    TrainingHouse.start(directory.resolve("house"), THREADS, TrainingHouse.Models.SHARED)) {
                differences.add(compare(
                        house, peer, sft.build(), work("sft", texts.checkpoint(), 1e-3, "texts", texts.batch())));
                differences.add(compare(
                        house,
                        peer,
                        rewardModel(rewardModel, data),
                        work("reward_model", rewardModel, 1e-3, "lists", ids)));
                differences.add(compare(
                        house,
                        peer,
                        dpo(texts.checkpoint(), data),
                        work("dpo", texts.checkpoint(), 1e-4, "lists", ids)));
                for (Estimator estimator : Estimator.values()) {
                    differences.add(compare(house, learner, estimator, texts.checkpoint(), directory));
                }
            }
            double largest = Collections.max(differences);
            if (!(largest <= BOUND)) {
                throw new IllegalStateException("figures differ by up to " + largest + ", more than " + BOUND);
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

    /** A text's ids with the beginning and the end that the trainer adds. */
    private static int[] whole(int[] ids) {
        return Stream.of(IntStream.of(BEGINNING), IntStream.of(ids), IntStream.of(END))
                .flatMapToInt(part -> part)
                .toArray();
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
                        .setOutput(JUDGE)
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
        FigureWatch watch = new FigureWatch(Figure.of("loss"));
        house.follow(spec, watch);
        return watch.compare(spec.getName(), STEPS, peer.numbers(work));
    }

    /** The judge is the reward model that was learnt before. */
    private static double compare(
            TrainingHouse house, PythonScript peer, Estimator estimator, Path checkpoint, Path directory)
            throws IOException {
        Random random = new Random(2);
        Path prompts = Files.write(
                directory.resolve("prompts-" + estimator + ".jsonl"),
                Stream.generate(() -> JSON.createObjectNode()
                                .put("prompt", Ranked.text(ids(random, Estimator.PROMPT)))
                                .toString())
                        .limit(estimator.prompts(STEPS))
                        .toList());
        List<int[]> texts =
                Stream.generate(() -> ids(random, 16)).limit(Estimator.TEXTS).toList();
        Path plain = Files.write(
                directory.resolve("texts-" + estimator + ".jsonl"),
                texts.stream()
                        .map(ids -> JSON.createObjectNode()
                                .put("text", Ranked.text(ids))
                                .toString())
                        .toList());
        FigureWatch watch = new FigureWatch(estimator.figures());
        Run run = house.follow(estimator.run(checkpoint, JUDGE, prompts, plain, STEPS), watch);
        Map<String, Object> work = Map.of(
                "threads",
                THREADS,
                "spec",
                house.runDirectory(run).resolve("spec.json").toString(),
                "policy",
                checkpoint.toString(),
                "judge",
                house.modelDirectory(JUDGE + "@1").toString(),
                "figures",
                estimator.figures().stream().map(Figure::name).toList(),
                "texts",
                texts.stream().map(CurvesBenchmark::whole).toList(),
                "steps",
                RecordedSteps.read(house.client().topics(""), run).work());
        return watch.compare(run.getSpec().getName(), STEPS, peer.numbers(work));
    }
}
