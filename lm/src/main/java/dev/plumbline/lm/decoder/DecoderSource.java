package dev.plumbline.lm.decoder;

import dev.plumbline.lm.architecture.AttentionShape;
import dev.plumbline.lm.architecture.DecoderLayer;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.architecture.Normalization;
import dev.plumbline.lm.architecture.Positions;
import dev.plumbline.lm.torch.Kernels;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Writes a decoder's layers into TorchScript methods. Sizes are written as numbers; a method brings variables {@code ids}
 * [B, T] int64 and {@code positions} [T] or [B, T] int64, and decides through {@link DecoderParts} where weights come from
 * and what attention reads.
 */
public final class DecoderSource {
    private final DecoderLayout layout;
    private final ModelConfig config;

    public DecoderSource(DecoderLayout layout) {
        this.layout = layout;
        this.config = layout.config();
    }

    /** The methods that what is written here calls; a module needs them once. */
    public static String blocks() {
        return resource("blocks.py");
    }

    static String resource(String name) {
        return Kernels.methods(DecoderSource.class, name);
    }

    /** Writes everything from {@code ids} and {@code positions} to the last layer's output {@code x} [1, wanted, hidden]. */
    public void writeLayers(Statements body, DecoderParts parts) {
        writeEmbedding(body, parts);
        writeAngles(body);
        for (int layer = 0; layer < layout.layers().size(); layer++) {
            writeLayer(body, parts, layer);
        }
    }

    /** Writes one layer, from {@code x} to {@code x}; the last one gives the wanted tokens alone. */
    void writeLayer(Statements body, DecoderParts parts, int layer) {
        writeAttention(body, parts, layer);
        writeMlp(body, parts, layer);
    }

    /** An expression for the final normalisation of {@code input} [.., hidden]. */
    public String finalNorm(DecoderParts parts, String input) {
        return norm(parts, layout.finalNorm(), input);
    }

    /** Writes {@code x}, what the first layer is given. */
    void writeEmbedding(Statements body, DecoderParts parts) {
        int fixedRow = layout.padRowIsFixed() ? config.padTokenId() : -1;
        body.add("x = torch.embedding(%s, ids, %d)", parts.tensor(layout.tokenEmbedding()), fixedRow);
        if (config.positions() instanceof Positions.Learned) {
            body.add("x = x + torch.embedding(%s, positions)", parts.tensor(layout.positionEmbedding()));
        }
    }

    /** Writes what the layers need to rotate, if they do. */
    void writeAngles(Statements body) {
        if (config.positions() instanceof Positions.Rotary rotary) {
            float[] frequencies = rotary.frequencies(config.attention().headDim());
            String numbers = IntStream.range(0, frequencies.length)
                    .mapToObj(i -> Double.toString(frequencies[i]))
                    .collect(Collectors.joining(", "));
            body.add("frequencies = torch.tensor([%s], dtype=6, device=positions.device)", numbers);
            body.add("angles = torch.unsqueeze(torch.unsqueeze(positions, -1) * frequencies, -2)");
            body.add("cosine = torch.cos(angles)");
            body.add("sine = torch.sin(angles)");
        }
    }

    private void writeAttention(Statements body, DecoderParts parts, int index) {
        DecoderLayer layer = layout.layers().get(index);
        AttentionShape shape = config.attention();
        body.add("h = %s", norm(parts, layer.attentionNorm(), "x"));
        if (layer.inputMaps().size() == 1) {
            parts.project(body, layer.inputMaps(), "h", List.of("qkv"));
            int keyValueWidth = shape.keyValueWidth();
            body.add("q = torch.narrow(qkv, -1, 0, %d)", shape.queryWidth());
            body.add("k = torch.narrow(qkv, -1, %d, %d)", shape.queryWidth(), keyValueWidth);
            body.add("v = torch.narrow(qkv, -1, %d, %d)", shape.queryWidth() + keyValueWidth, keyValueWidth);
        } else {
            parts.project(body, layer.inputMaps(), "h", List.of("q", "k", "v"));
        }
        splitHeads(body, "q", shape.heads());
        splitHeads(body, "k", shape.keyValueHeads());
        splitHeads(body, "v", shape.keyValueHeads());
        if (!layer.headNorms().isEmpty()) {
            body.add("q = %s", norm(parts, layer.headNorms().get(0), "torch.to(q, 6)"));
            body.add("k = %s", norm(parts, layer.headNorms().get(1), "torch.to(k, 6)"));
        }
        if (config.positions() instanceof Positions.Rotary) {
            body.add("q = self.rotate(q, cosine, sine)");
            body.add("k = self.rotate(k, cosine, sine)");
        }
        body.add("h = %s", parts.attention(index, "q", "k", "v"));
        if (index == layout.layers().size() - 1) {
            parts.keepWanted(body, List.of("h", "x"));
        }
        parts.project(body, List.of(layer.outputMap()), "h", List.of("h"));
        parts.addToStream(body, 2 * index);
    }

    private void splitHeads(Statements body, String name, int heads) {
        body.add(
                "%s = %s.view([%s.size(0), %s.size(1), %d, %d])",
                name, name, name, name, heads, config.attention().headDim());
    }

    private void writeMlp(Statements body, DecoderParts parts, int index) {
        DecoderLayer layer = layout.layers().get(index);
        body.add("h = %s", norm(parts, layer.mlpNorm(), "x"));
        if (layer.mlpInputs().size() == 1) {
            parts.project(body, layer.mlpInputs(), "h", List.of("h"));
            body.add("h = torch.gelu(h, approximate=\"tanh\")");
        } else {
            parts.project(body, layer.mlpInputs(), "h", List.of("gate", "up"));
            body.add("h = torch.silu(gate) * up");
        }
        parts.project(body, List.of(layer.mlpOutput()), "h", List.of("h"));
        parts.addToStream(body, 2 * index + 1);
    }

    private String norm(DecoderParts parts, Normalization norm, String input) {
        String weight = parts.tensor(norm.weight());
        if (norm.bias()) {
            return "torch.layer_norm(" + input + ", [" + norm.width() + "], " + weight + ", "
                    + parts.tensor(norm.biasName()) + ", " + config.normEpsilon() + ")";
        }
        return "self.rms_norm(" + input + ", " + weight + ", " + config.normEpsilon() + ")";
    }
}
