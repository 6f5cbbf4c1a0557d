package dev.plumbline.lm.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Methods that libtorch has compiled, in memory once for all who use the same ones at the same time: they keep nothing between
 * calls. So the next version of a model, which is loaded beside the one before it, finds its methods compiled and prepared.
 * Safe for several threads, as libtorch's modules are.
 */
final class CompiledMethods {
    private static final Map<String, CompiledMethods> IN_USE = new ConcurrentHashMap<>();

    private final String source;
    private final NDManager owner;
    private final PtSymbolBlock module;
    private int users;

    private CompiledMethods(String source, NDManager owner, PtSymbolBlock module) {
        this.source = source;
        this.owner = owner;
        this.module = module;
    }

    /** Those of this source, for one more user, who gives them back. */
    static CompiledMethods take(String source) {
        return IN_USE.compute(source, (key, inUse) -> {
            CompiledMethods methods = inUse == null ? compile(key) : inUse;
            methods.users++;
            return methods;
        });
    }

    private static CompiledMethods compile(String source) {
        // They hold no tensors, and so belong to no device.
        NDManager owner = Engine.getEngine("PyTorch").newBaseManager(Device.cpu());
        try {
            ByteArrayInputStream archive = new ByteArrayInputStream(KernelArchive.of(source));
            return new CompiledMethods(source, owner, JniUtils.loadModule((PtNDManager) owner, archive, true, false));
        } catch (IOException e) {
            owner.close();
            throw new UncheckedIOException("an archive in memory could not be read", e);
        } catch (RuntimeException e) {
            owner.close();
            throw e;
        }
    }

    /** Once for each {@link #take}; the last user's frees the native memory. */
    void giveBack() {
        IN_USE.computeIfPresent(source, (key, methods) -> {
            methods.users--;
            if (methods.users > 0) {
                return methods;
            }
            owner.close();
            return null;
        });
    }

    /** How many use the methods of this source. */
    static int users(String source) {
        CompiledMethods methods = IN_USE.get(source);
        return methods == null ? 0 : methods.users;
    }

    PtSymbolBlock module() {
        return module;
    }
}
