package dev.plumbline.benchmarks;

import dev.plumbline.cli.client.RunWatch;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a run says of its figures at each step. */
final class FigureWatch implements RunWatch.Listener {
    private final List<Figure> figures;
    private final List<double[]> steps = new ArrayList<>();

    FigureWatch(List<Figure> figures) {
        this.figures = figures;
    }

    @Override
    public void changed(Run run) {}

    @Override
    public void measured(MetricsPoint point) {
        if (point.containsValues(figures.get(0).name())) {
            steps.add(figures.stream()
                    .mapToDouble(figure -> point.getValuesOrThrow(figure.name()))
                    .toArray());
        }
    }

    @Override
    public void interrupted(String reason) {
        throw new IllegalStateException("the trainer went away: " + reason);
    }

    /**
     * Prints a row for each figure.
     *
     * @param theirs another implementation's, step after step
     * @return the largest relative difference of all
     */
    double compare(String name, int count, List<Double> theirs) {
        if (steps.size() != count || theirs.size() != count * figures.size()) {
            throw new IllegalStateException("there are " + steps.size() + " steps and " + theirs.size() + " of "
                    + count * figures.size() + " figures");
        }
        double largest = 0;
        for (int i = 0; i < figures.size(); i++) {
            Figure figure = figures.get(i);
            double ofFigure = 0;
            for (int step = 0; step < count; step++) {
                double difference = figure.difference(steps.get(step)[i], theirs.get(step * figures.size() + i));
                // What is no number differs from everything.
                ofFigure = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(ofFigure, difference);
            }
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %s | %.5f | %.5f | %.1e |%n",
                    name,
                    figure.name(),
                    steps.get(0)[i],
                    steps.get(count - 1)[i],
                    ofFigure);
            largest = Math.max(largest, ofFigure);
        }
        return largest;
    }
}
