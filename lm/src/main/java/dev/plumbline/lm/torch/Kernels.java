package dev.plumbline.lm.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * TorchScript methods, compiled once for all who have the same and called by name. What a call returns belongs to the scope it
 * was given, so that closing the scope frees it. Safe for several threads; closing is for one, when no call is under way.
 */
public final class Kernels implements AutoCloseable {
    private final NDManager owner;
    private final PtSymbolBlock module;

    private Kernels(NDManager owner, PtSymbolBlock module) {
        this.owner = owner;
        this.module = module;
    }

    /**
     * Compiles methods, unless they are in use already, such as
     *
     * <pre>{@code
     *   def twice(self, x: Tensor) -> Tensor:
     *     return torch.add(x, x)
     * }</pre>
     *
     * indented by two spaces. {@code torch.NAME} is the operator {@code aten::NAME}, {@code self.NAME} another of the
     * methods.
     *
     * @param parent closing it closes the result
     */
    public static Kernels load(NDManager parent, String methods) {
        Torch.prepareThread();
        CompiledMethods compiled = CompiledMethods.take(methods);
        NDManager owner = parent.newSubManager();
        owner.attachInternal("compiled methods", compiled::giveBack);
        return new Kernels(owner, compiled.module());
    }

    /**
     * Methods as {@link #load} takes them, from a file.
     *
     * @param owner the class beside which the file lies in the jar
     */
    public static String methods(Class<?> owner, String name) {
        try (InputStream stream = owner.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException("resource " + name + " is not in the jar");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("resource " + name + " could not be read", e);
        }
    }

    /**
     * Calls a method without gradients. Its results are inference tensors: later calls of this method may read them,
     * {@link #record} may not.
     */
    public NDList infer(NDManager scope, String method, Argument... arguments) {
        Torch.prepareThread();
        List<IValue> values = new ArrayList<>(arguments.length);
        try {
            for (Argument argument : arguments) {
                values.add(argument.toNative());
            }
            try (IValue result = IValueUtils.runMethod(module, method, values.toArray(IValue[]::new))) {
                return result.toNDList((PtNDManager) scope);
            }
        } finally {
            values.forEach(IValue::close);
        }
    }

    /**
     * Calls a method with autograd on: what it computes from tensors that require gradients is recorded in the results.
     * Takes tensors and lists of tensors only.
     */
    public NDList record(NDManager scope, String method, Argument... arguments) {
        Torch.prepareThread();
        NDList inputs = new NDList();
        // DJL reads the method's name from an extra array, and gives the results to the manager of the first one.
        try (NDArray marker = scope.zeros(new Shape(1))) {
            marker.setName("module_method:" + method);
            inputs.add(marker);
            for (int i = 0; i < arguments.length; i++) {
                arguments[i].addTo(inputs, "list" + i + "[]");
            }
            JniUtils.setGradMode(true);
            return IValueUtils.forward(module, inputs, true);
        } finally {
            JniUtils.setGradMode(false);
        }
    }

    @Override
    public void close() {
        owner.close();
    }
}
