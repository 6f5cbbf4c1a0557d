package dev.plumbline.lm.decoder;

import dev.plumbline.lm.architecture.Adapter;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.LinearMap;
import dev.plumbline.lm.architecture.Parameters;
import java.util.List;
import java.util.Optional;

/**
 * Weights that travel as the list {@code w: List[Tensor]} in the order of the parameters, maps together with what is added
 * to them, and attention over whole sequences.
 */
public final class ListedWeights implements DecoderParts {
    private final Parameters parameters;

    public ListedWeights(Parameters parameters) {
        this.parameters = parameters;
    }

    @Override
    public String tensor(String name) {
        return "w[" + parameters.index(name) + "]";
    }

    @Override
    public void project(Statements body, List<LinearMap> maps, String input, List<String> outputs) {
        for (int i = 0; i < maps.size(); i++) {
            body.add("%s = %s", outputs.get(i), product(maps.get(i), input));
        }
    }

    private String product(LinearMap map, String input) {
        String weight = tensor(map.weight());
        String product = "torch.linear(" + input + ", " + (map.inputMajor() ? "torch.t(" + weight + ")" : weight) + ", "
                + (map.bias() ? tensor(map.biasName()) : "None") + ")";
        Optional<Adapter> adapter = parameters.adapter(map.weight());
        return adapter.isEmpty() ? product : adapted(adapter.get(), input, product);
    }

    private String adapted(Adapter adapter, String input, String product) {
        return "torch.add(" + product + ", torch.linear(torch.linear(" + input + ", "
                + tensor(adapter.down().name()) + "), " + tensor(adapter.up().name()) + "), alpha="
                + adapter.scale() + ")";
    }

    @Override
    public String attention(int layer, String query, String key, String value) {
        DecoderLayout layout = parameters.layout();
        int times = layout.config().attention().heads()
                / layout.config().attention().keyValueHeads();
        int window = layout.layers().get(layer).window();
        return "self.attend(" + query + ", self.repeat_heads(" + key + ", " + times + "), self.repeat_heads(" + value
                + ", " + times + "), " + window + ")";
    }
}
