package dev.plumbline.lm.decoder;

import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.LinearMap;
import dev.plumbline.lm.architecture.Parameters;
import java.util.List;

/** Listed weights, and attention over packed sequences. */
final class PackedWeights implements DecoderParts {
    private final DecoderLayout layout;
    private final ListedWeights listed;

    PackedWeights(Parameters parameters) {
        this.layout = parameters.layout();
        this.listed = new ListedWeights(parameters);
    }

    @Override
    public String tensor(String name) {
        return listed.tensor(name);
    }

    @Override
    public void project(Statements body, List<LinearMap> maps, String input, List<String> outputs) {
        listed.project(body, maps, input, outputs);
    }

    /** Writes the masks that the layers' attention reads, one per width of window. */
    void writeMasks(Statements body) {
        layout.layers().stream()
                .map(layer -> layer.window())
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
