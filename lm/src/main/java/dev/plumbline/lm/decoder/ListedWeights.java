package dev.plumbline.lm.decoder;

import dev.plumbline.lm.architecture.DecoderLayer;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.LinearMap;
import java.util.List;

/** Weights that travel as the list {@code w: List[Tensor]} in the layout's order, and attention over packed sequences. */
public final class ListedWeights implements DecoderParts {
    private final DecoderLayout layout;

    public ListedWeights(DecoderLayout layout) {
        this.layout = layout;
    }

    @Override
    public String tensor(String name) {
        return "w[" + layout.index(name) + "]";
    }

    @Override
    public void project(Statements body, List<LinearMap> maps, String input, List<String> outputs) {
        for (int i = 0; i < maps.size(); i++) {
            LinearMap map = maps.get(i);
            String weight = tensor(map.weight());
            body.add(
                    "%s = torch.linear(%s, %s, %s)",
                    outputs.get(i),
                    input,
                    map.inputMajor() ? "torch.t(" + weight + ")" : weight,
                    map.bias() ? tensor(map.biasName()) : "None");
        }
    }

    /** Writes the masks that the layers' attention reads, one per width of window. */
    void writeMasks(Statements body) {
        layout.layers().stream()
                .map(DecoderLayer::window)
                .distinct()
                .forEach(window ->
                        body.add("%s = self.branch_mask(roots, lengths, branches, root_of, %d)", mask(window), window));
    }

    @Override
    public String attention(int layer, String query, String key, String value) {
        int times = layout.config().attention().heads()
                / layout.config().attention().keyValueHeads();
        int window = layout.layers().get(layer).window();
        return "self.attend_packed(" + query + ", " + key + ", " + value + ", " + times + ", " + window
                + ", roots, branches, root_of, back, " + mask(window) + ")";
    }

    private static String mask(int window) {
        return "mask" + window;
    }
}
