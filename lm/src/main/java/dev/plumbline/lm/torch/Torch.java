package dev.plumbline.lm.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/** The process's libtorch: its threads, and native memory to compute in. */
public final class Torch {
    /** What {@link #use} asked for last; 0 before the first model. */
    private static final AtomicInteger THREADS = new AtomicInteger();

    /** The most that the calling thread uses at present. */
    private static final ThreadLocal<int[]> MOST_HERE = ThreadLocal.withInitial(() -> new int[] {Integer.MAX_VALUE});

    /** What the calling thread's OpenMP pool was last told; OpenMP keeps the number per thread. */
    private static final ThreadLocal<int[]> THREADS_HERE = ThreadLocal.withInitial(() -> new int[1]);

    private Torch() {}

    /** Loads libtorch if needed and sets the number of threads for every later call of this process. */
    public static void use(ComputeSettings settings) {
        Engine engine = Engine.getEngine("PyTorch");
        if (settings.device() instanceof ComputeDevice.Cuda cuda && cuda.index() >= engine.getGpuCount()) {
            throw new IllegalArgumentException("device " + cuda + " is not there: libtorch sees "
                    + engine.getGpuCount() + " CUDA devices; set device to cpu, or PYTORCH_LIBRARY_PATH to the lib"
                    + " folder of a CUDA build of torch 2.7.1");
        }
        THREADS.set(settings.threads());
        prepareThread();
    }

    /** Version of libtorch, as in "2.7.1"; loads it if needed. */
    public static String version() {
        return Engine.getEngine("PyTorch").getVersion();
    }

    /** Owner of tensors on the settings' device; whoever asks for it closes it. */
    public static NDManager newManager(ComputeSettings settings) {
        return Engine.getEngine("PyTorch").newBaseManager(settings.device().djl());
    }

    /**
     * Lets the calling thread's next computations use no more than so many threads.
     *
     * @return the limit before
     */
    public static int limitThreads(int most) {
        int before = MOST_HERE.get()[0];
        MOST_HERE.get()[0] = most;
        return before;
    }

    /** Ends the limit. */
    public static void endLimit() {
        MOST_HERE.get()[0] = Integer.MAX_VALUE;
    }

    /** How many threads the calling thread's computations under these settings may use at present. */
    static int threadsHere(ComputeSettings settings) {
        return Math.min(settings.threads(), MOST_HERE.get()[0]);
    }

    /** Applies the process's settings to the calling thread, for those that libtorch keeps per thread. */
    static void prepareThread() {
        int wanted = Math.min(THREADS.get(), MOST_HERE.get()[0]);
        int[] here = THREADS_HERE.get();
        if (here[0] != wanted && wanted > 0) {
            JniUtils.setNumThreads(wanted);
            here[0] = wanted;
        }
        // The profiling executor would specialise the code for the first shapes it sees, and so be slow for the first
        // calls of each shape; without a fuser for the processor it gives nothing back.
        JniUtils.setGraphExecutorOptimize(false);
    }

    /** An uninitialised float32 tensor in the processor's memory, whatever the manager's device. */
    public static NDArray emptyHostFloats(NDManager owner, long... shape) {
        return owner.create(new Shape(shape), DataType.FLOAT32, Device.cpu());
    }

    /** The elements of a tensor on any device, in native byte order, in memory of their own. */
    public static ByteBuffer copy(NDArray tensor) {
        return tensor.toByteBuffer();
    }

    /** The memory of a contiguous tensor on the processor, in native byte order, valid while the tensor is open. */
    public static ByteBuffer memory(NDArray tensor) {
        return tensor.toByteBuffer(true);
    }
}
