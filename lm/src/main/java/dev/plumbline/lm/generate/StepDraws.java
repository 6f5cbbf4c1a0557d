package dev.plumbline.lm.generate;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.plumbline.lm.torch.Argument;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** The draws of a step: all of them together, or each apart from what the others ask for. Used again for each step. */
final class StepDraws {
    private final boolean apart;
    private final List<Draws> groups = new ArrayList<>();
    private int used;
    private int added;

    /** Takes native memory, as {@link Draws} does. */
    StepDraws(NDManager owner, int mostRows, int vocabulary, boolean apart) {
        this.apart = apart;
        for (int i = 0; i < (apart ? mostRows : 1); i++) {
            groups.add(new Draws(owner, apart ? 1 : mostRows, vocabulary));
        }
    }

    /** Forgets all rows, and makes room for so many. */
    void begin(int rows) {
        used = apart ? rows : 1;
        added = 0;
        groups.subList(0, used).forEach(group -> group.begin(apart ? 1 : rows));
    }

    /** Adds the next row. */
    void add(Draw draw) {
        groups.get(apart ? added : 0).add(draw);
        added++;
    }

    /** The last arguments of {@code step.py}'s methods. Tensors beyond the lasting ones belong to the scope. */
    List<Argument> arguments(NDManager scope) {
        NDList choices = new NDList();
        LongStream modes = LongStream.empty();
        for (Draws group : groups.subList(0, Math.max(1, used))) {
            choices.addAll(group.choices(scope));
            modes = LongStream.concat(modes, Arrays.stream(group.modes()));
        }
        return List.of(Argument.of(choices), Argument.of(modes.toArray()));
    }

    /** What the kernel returned for these rows. */
    ChosenTokens chosen(double[] result) {
        List<ChosenTokens> chosen = new ArrayList<>();
        int at = 0;
        for (Draws group : groups.subList(0, used)) {
            chosen.add(group.chosen(Arrays.copyOfRange(result, at, at + group.numbers())));
            at += group.numbers();
        }
        return ChosenTokens.joined(chosen);
    }
}
