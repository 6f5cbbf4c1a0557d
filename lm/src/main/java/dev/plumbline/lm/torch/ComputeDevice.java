package dev.plumbline.lm.torch;

import ai.djl.Device;

/** Where tensors live and products are computed. */
public sealed interface ComputeDevice {
    /** The host's processor. */
    record Cpu() implements ComputeDevice {
        @Override
        public String toString() {
            return "cpu";
        }
    }

    /**
     * One NVIDIA device; needs a CUDA build of libtorch 2.7.1, found by {@code PYTORCH_LIBRARY_PATH}.
     *
     * @param index counts the host's devices from 0
     */
    record Cuda(int index) implements ComputeDevice {
        public Cuda {
            if (index < 0) {
                throw new IllegalArgumentException("CUDA device index must be >= 0, got " + index);
            }
        }

        @Override
        public String toString() {
            return "cuda:" + index;
        }
    }

    /** Reads {@code cpu}, {@code cuda} (the first one) or {@code cuda:1}. */
    static ComputeDevice parse(String text) {
        if (text.equals("cpu")) {
            return new Cpu();
        }
        if (text.equals("cuda")) {
            return new Cuda(0);
        }
        if (text.matches("cuda:\\d{1,3}")) {
            return new Cuda(Integer.parseInt(text.substring("cuda:".length())));
        }
        throw new IllegalArgumentException("device must be cpu, cuda or cuda:INDEX, got " + text);
    }

    /** The same device in DJL's terms. */
    default Device djl() {
        return this instanceof Cuda cuda ? Device.gpu(cuda.index()) : Device.cpu();
    }
}
