package dev.plumbline.lm.architecture;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The tensors that a decoder computes with and those of them that it learns: all of its layout, or adapters and a score
 * head over layers that are frozen.
 */
public final class Parameters {
    private final DecoderLayout layout;
    private final List<Adapter> adapters;
    private final List<TensorSpec> tensors;
    private final List<TensorSpec> learned;
    private final Map<String, Integer> indices = new LinkedHashMap<>();

    private Parameters(DecoderLayout layout, List<Adapter> adapters) {
        this.layout = layout;
        this.adapters = adapters;
        List<TensorSpec> added = adapters.stream()
                .flatMap(adapter -> List.of(adapter.down(), adapter.up()).stream())
                .toList();
        this.tensors = joined(layout.tensors(), added);
        this.learned = adapters.isEmpty() ? layout.tensors() : joined(scoreHead(layout), added);
        for (int i = 0; i < tensors.size(); i++) {
            indices.put(tensors.get(i).name(), i);
        }
    }

    /** The layout's tensors, of which all learn. */
    public static Parameters full(DecoderLayout layout) {
        return new Parameters(layout, List.of());
    }

    /**
     * The layout's tensors, frozen but for a score head, and adapters, which learn.
     *
     * @throws IllegalArgumentException naming the targets that no map has, and what there is
     */
    public static Parameters adapted(DecoderLayout layout, Lora lora) {
        List<LinearMap> maps =
                layout.layers().stream().flatMap(layer -> layer.maps().stream()).toList();
        List<String> unknown = lora.targets().stream()
                .filter(target -> maps.stream().noneMatch(map -> map.name().endsWith("." + target)))
                .toList();
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "target modules must be some of " + layout.mapNames() + ", got " + String.join(", ", unknown));
        }
        return new Parameters(
                layout,
                maps.stream()
                        .filter(lora::targets)
                        .map(map -> Adapter.of(map, lora))
                        .toList());
    }

    private static List<TensorSpec> scoreHead(DecoderLayout layout) {
        return layout.config().head() == HeadKind.SCORE
                ? List.of(layout.tensors().get(layout.index(layout.head())))
                : List.of();
    }

    private static List<TensorSpec> joined(List<TensorSpec> first, List<TensorSpec> second) {
        List<TensorSpec> all = new ArrayList<>(first);
        all.addAll(second);
        return List.copyOf(all);
    }

    public DecoderLayout layout() {
        return layout;
    }

    /** The layout's tensors in its order, then the adapters'. */
    public List<TensorSpec> tensors() {
        return tensors;
    }

    /** Those that learn; the others have neither gradients nor moments. */
    public List<TensorSpec> learned() {
        return learned;
    }

    public List<Adapter> adapters() {
        return adapters;
    }

    /** Where a tensor stands in {@link #tensors}. */
    public int index(String name) {
        Integer index = indices.get(name);
        if (index == null) {
            throw new IllegalArgumentException("the decoder has no tensor " + name);
        }
        return index;
    }

    /** Where a tensor stands in {@link #learned}, if it learns. */
    public OptionalInt learnedIndex(String name) {
        for (int i = 0; i < learned.size(); i++) {
            if (learned.get(i).name().equals(name)) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    /** What is added to a map, given by its weight's name. */
    public Optional<Adapter> adapter(String weight) {
        return adapters.stream()
                .filter(adapter -> adapter.map().weight().equals(weight))
                .findFirst();
    }
}
