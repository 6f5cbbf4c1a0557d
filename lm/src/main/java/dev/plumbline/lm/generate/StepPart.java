package dev.plumbline.lm.generate;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.Torch;
import java.util.List;
import java.util.stream.Stream;

/**
 * The tokens of a step that are computed together, all or one of two halves, and how those that follow are drawn. In memory
 * that Java writes and the kernels read, used again for each step.
 */
final class StepPart {
    private final List<Argument> memory;
    private final StepInput input;
    private final StepDraws draws;

    /**
     * @param owner of the memory
     * @param mostPromptTokens that a step may read
     */
    StepPart(NDManager owner, CacheLayout layout, StepShapes shapes, int slots, int mostPromptTokens, int vocabulary) {
        NDArray tokens = host(owner, StepInput.NUMBERS * (slots + mostPromptTokens));
        NDArray followed = host(owner, 2 * slots);
        this.memory = List.of(Argument.of(tokens), Argument.of(followed));
        this.input = new StepInput(
                layout,
                shapes,
                Torch.memory(tokens).asLongBuffer(),
                Torch.memory(followed).asLongBuffer());
        this.draws = new StepDraws(owner, slots, vocabulary, shapes == StepShapes.FIXED);
    }

    private static NDArray host(NDManager owner, int size) {
        return owner.create(new Shape(size), DataType.INT64, Device.cpu());
    }

    /** Its tokens, to be filled before the step. */
    StepInput input() {
        return input;
    }

    /** How the tokens that follow are drawn, one row for each in the order in which they were announced to the input. */
    StepDraws draws() {
        return draws;
    }

    /**
     * The arguments of {@code step.py}'s methods.
     *
     * @param scope of what does not last
     * @param model what is the same for all parts and steps
     */
    Argument[] arguments(NDManager scope, List<Argument> model) {
        List<Argument> numbers =
                List.of(Argument.of(input.counts()), Argument.of(input.reads()), Argument.of(input.segments()));
        return Stream.of(memory, model, numbers, draws.arguments(scope))
                .flatMap(List::stream)
                .toArray(Argument[]::new);
    }
}
