package dev.plumbline.lm.generate;

import dev.plumbline.lm.architecture.AttentionShape;
import dev.plumbline.lm.architecture.DecoderLayer;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.torch.Kernels;
import java.util.List;

/** The TorchScript methods of a step of a model. */
record StepSource(DecoderLayout layout, StepShapes shapes) {
    String text() {
        ModelConfig config = layout.config();
        boolean layerNorm = layout.finalNorm().bias();
        boolean gated = layout.layers().get(0).mlpInputs().size() > 1;
        List<Integer> windows =
                layout.layers().stream().map(DecoderLayer::window).toList();
        AttentionShape attention = config.attention();
        List<Integer> heads = List.of(attention.heads(), attention.keyValueHeads(), attention.headDim());
        return resource("step.py")
                + resource("attention.py")
                + resource("slots.py")
                + resource(shapes.folder() + "reading.py").replace("BLOCK", Integer.toString(StepShapes.BLOCK))
                + resource(shapes.folder() + "product.py")
                + resource("choose.py")
                + resource("prompt_logprobs.py")
                + resource("fuse.py")
                + resource("costs.py")
                + resource(gated ? "swiglu.py" : shapes.folder() + "gelu.py")
                + resource(layerNorm ? "layer_norm.py" : shapes.folder() + "rms_norm.py")
                        .replace("EPSILON", Double.toString(config.normEpsilon()))
                + "  def windows(self) -> List[int]:\n    return " + windows + "\n"
                + "  def attention_shape(self) -> List[int]:\n    return " + heads + "\n";
    }

    /** A file of TorchScript methods beside this class. */
    static String resource(String name) {
        return Kernels.methods(StepSource.class, name);
    }
}
