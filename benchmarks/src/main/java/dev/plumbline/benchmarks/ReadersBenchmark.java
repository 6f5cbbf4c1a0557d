package dev.plumbline.benchmarks;

import dev.plumbline.cli.client.RunWatch;
import dev.plumbline.cli.launch.Installation;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * What runs leave, opened by the programs that others open it with: event files by TensorBoard, published versions by
 * transformers, adapters by PEFT (readers.py). Ends with an error if anything is not what the platform itself says of it.
 * Argument: a Python that has them.
 */
public final class ReadersBenchmark {
    private static final int THREADS = 2;
    /** Of log-probabilities, scores and logits. */
    private static final double BOUND = 1e-4;
    /** Between two checkpoints, so that steps are learnt and written again. */
    private static final long KILLED_AT = 25;

    private ReadersBenchmark() {}

    /** Watches a run without a word. */
    private static class Quiet implements RunWatch.Listener {
        @Override
        public void changed(Run run) {}

        @Override
        public void measured(MetricsPoint point) {}

        @Override
        public void interrupted(String reason) {
            throw new IllegalStateException("the trainer went away: " + reason);
        }
    }

    /** Kills the trainer once, so that another takes the run up again. */
    private static final class Killing extends Quiet {
        private final TrainingHouse house;
        private boolean killed;

        private Killing(TrainingHouse house) {
            this.house = house;
        }

        @Override
        public void measured(MetricsPoint point) {
            if (!killed && point.getStep() >= KILLED_AT) {
                killed = true;
                house.killTrainer();
            }
        }

        @Override
        public void interrupted(String reason) {
            if (!killed) {
                super.interrupted(reason);
            }
        }
    }

    public static void main(String[] arguments) throws IOException {
        Path vectors = Installation.current().root().resolve("vectors").resolve("models");
        try (Scratch scratch = Scratch.create();
                TrainingHouse house = TrainingHouse.start(
                        scratch.directory().resolve("house"), THREADS, TrainingHouse.Models.SHARED)) {
            ReaderSpecs specs = ReaderSpecs.write(vectors, new ReaderTexts(new Random(1)), scratch.directory());
            List<Map<String, Object>> runs = new ArrayList<>();
            List<PublishedModel> models = new ArrayList<>();
            for (RunSpec spec : specs.all()) {
                Run run = house.follow(spec, new Quiet());
                runs.add(events(house, run, 1));
                models.add(PublishedModel.of(house, run, specs.texts()));
            }
            runs.add(events(house, house.follow(specs.interrupted(), new Killing(house)), 2));
            Iterator<Double> numbers = new PythonScript(Path.of(arguments[0]), "readers.py", scratch.directory())
                    .numbers(Map.of(
                            "threads",
                            THREADS,
                            "runs",
                            runs,
                            "models",
                            models.stream().map(PublishedModel::work).toList()))
                    .iterator();
            printEvents(runs.size(), numbers);
            printModels(models, numbers);
        }
    }

    /** @param files with its events: one for each time that the run was taken up */
    private static Map<String, Object> events(TrainingHouse house, Run run, int files) {
        return Map.of("directory", house.runDirectory(run).toString(), "files", files);
    }

    private static void printEvents(int runs, Iterator<Double> numbers) {
        double curves = 0;
        double points = 0;
        double largest = 0;
        for (int run = 0; run < runs; run++) {
            curves += numbers.next();
            points += numbers.next();
            largest = larger(largest, numbers.next());
        }
        System.out.printf(
                Locale.ROOT,
                "TensorBoard: %d runs, %.0f curves, %.0f points, largest difference %.1e%n%n",
                runs,
                curves,
                points,
                largest);
        require(largest == 0, "event files differ from metrics.jsonl by up to " + largest);
    }

    private static void printModels(List<PublishedModel> models, Iterator<Double> numbers) {
        System.out.println("| version | of | tokens | transformers | PEFT | what adapters change |");
        System.out.println("|---|---|---|---|---|---|");
        double largest = 0;
        for (PublishedModel model : models) {
            double tokens = numbers.next();
            double transformers = numbers.next();
            largest = larger(largest, transformers);
            System.out.printf(
                    Locale.ROOT, "| %s | %s | %.0f | %.1e |", model.name(), model.runName(), tokens, transformers);
            if (model.adapters()) {
                double peft = numbers.next();
                largest = larger(largest, peft);
                System.out.printf(Locale.ROOT, " %.1e | %.2f |%n", peft, numbers.next());
            } else {
                System.out.println(" | |");
            }
        }
        require(largest <= BOUND, "what others read differs by up to " + largest + ", more than " + BOUND);
    }

    /** What is no number differs from everything. */
    private static double larger(double before, double difference) {
        return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(before, difference);
    }

    private static void require(boolean holds, String problem) {
        if (!holds) {
            throw new IllegalStateException(problem);
        }
    }
}
