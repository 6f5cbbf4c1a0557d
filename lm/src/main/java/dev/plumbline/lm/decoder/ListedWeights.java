package dev.plumbline.lm.decoder;

import dev.plumbline.lm.architecture.Adapter;
import dev.plumbline.lm.architecture.DecoderLayer;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.LinearMap;
import dev.plumbline.lm.architecture.Parameters;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Weights that travel as the list {@code w: List[Tensor]} in the order of the parameters, maps together with what is added
 * to them, and attention over packed sequences, of whose tokens {@code rows} are wanted.
 */
public final class ListedWeights implements DecoderParts {
    /** Number of the type in TorchScript. */
    private static final int BFLOAT16 = 15;

    private final Parameters parameters;
    private final boolean bfloat16;
    private final Optional<Dropout> dropout;

    public ListedWeights(Parameters parameters) {
        this(parameters, false, Optional.empty());
    }

    /**
     * Weights of a form.
     *
     * @param bfloat16 whether the products and the attention are computed in bfloat16, with float32 around them
     * @param dropout reads {@code keys} [1, N, 1], of each token
     */
    ListedWeights(Parameters parameters, boolean bfloat16, Optional<Dropout> dropout) {
        this.parameters = parameters;
        this.bfloat16 = bfloat16;
        this.dropout = dropout;
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

    private String product(LinearMap map, String operand) {
        String input = factor(operand);
        String weight = factor(tensor(map.weight()));
        String product = "torch.linear(" + input + ", " + (map.inputMajor() ? "torch.t(" + weight + ")" : weight) + ", "
                + bias(map) + ")";
        Optional<Adapter> adapter = parameters.adapter(map.weight());
        return adapter.isEmpty() ? product : adapted(adapter.get(), input, product);
    }

    private String bias(LinearMap map) {
        return switch (map.bias()) {
            case NONE -> "None";
            case LEARNED -> factor(tensor(map.biasName()));
            case LEARNED_BUT_FOR_KEYS -> factor("self.keys_detached(" + tensor(map.biasName()) + ")");
        };
    }

    private String adapted(Adapter adapter, String input, String product) {
        return "torch.add(" + product + ", torch.linear(torch.linear(" + input + ", "
                + factor(tensor(adapter.down().name())) + "), "
                + factor(tensor(adapter.up().name())) + "), alpha="
                + adapter.scale() + ")";
    }

    /** What a product is computed from: the tensor, or its bfloat16 copy, through which gradients flow back to it. */
    String factor(String tensor) {
        return bfloat16 ? "torch.to(" + tensor + ", " + BFLOAT16 + ")" : tensor;
    }

    /** Writes the masks that the layers' attention reads, one per width of window. */
    void writeMasks(Statements body) {
        parameters.layout().layers().stream()
                .map(DecoderLayer::window)
                .distinct()
                .forEach(window -> writeMask(body, window));
    }

    /** Writes the mask that the attention of layers with such a window reads. */
    void writeMask(Statements body, int window) {
        body.add("%s = " + factor("self.branch_mask(roots, lengths, branches, root_of, %d)"), mask(window), window);
    }

    @Override
    public String attention(int layer, String query, String key, String value) {
        DecoderLayout layout = parameters.layout();
        int times = layout.config().attention().heads()
                / layout.config().attention().keyValueHeads();
        int window = layout.layers().get(layer).window();
        return "self.attend_packed(" + factor(query) + ", " + factor(key) + ", " + factor(value) + ", " + times + ", "
                + window + ", roots, branches, root_of, back, " + mask(window) + ")";
    }

    @Override
    public void keepWanted(Statements body, List<String> variables) {
        Stream.concat(variables.stream(), dropout.stream().map(keyed -> "keys"))
                .forEach(variable -> body.add("%s = torch.index_select(%s, 1, rows)", variable, variable));
    }

    @Override
    public void addToStream(Statements body, int branch) {
        dropout.ifPresentOrElse(
                present -> present.writeAddition(body, branch), () -> DecoderParts.super.addToStream(body, branch));
    }

    private static String mask(int window) {
        return "mask" + window;
    }
}
