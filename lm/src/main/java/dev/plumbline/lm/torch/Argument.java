package dev.plumbline.lm.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;

/** What a TorchScript method takes. */
public sealed interface Argument {
    /** The native value; the caller closes it. */
    IValue toNative();

    /** Adds the tensors to the inputs of a recorded call; consecutive inputs called {@code listName} form a list. */
    void addTo(NDList inputs, String listName);

    /** A {@code Tensor}. */
    record One(NDArray tensor) implements Argument {
        @Override
        public IValue toNative() {
            return IValue.from((PtNDArray) tensor);
        }

        @Override
        public void addTo(NDList inputs, String listName) {
            tensor.setName("");
            inputs.add(tensor);
        }
    }

    /** A {@code List[Tensor]}. */
    record Many(NDList tensors) implements Argument {
        public Many {
            if (tensors.isEmpty()) {
                throw new IllegalArgumentException("a list of tensors must not be empty");
            }
        }

        @Override
        public IValue toNative() {
            return IValue.listFrom(tensors.stream().toArray(PtNDArray[]::new));
        }

        @Override
        public void addTo(NDList inputs, String listName) {
            for (NDArray tensor : tensors) {
                tensor.setName(listName);
                inputs.add(tensor);
            }
        }
    }

    /** An {@code int}; not for recorded calls. */
    record Whole(long value) implements Argument {
        @Override
        public IValue toNative() {
            return IValue.from(value);
        }

        @Override
        public void addTo(NDList inputs, String listName) {
            throw new IllegalArgumentException("a recorded call takes tensors only, got the number " + value);
        }
    }

    /** A {@code List[int]}; not for recorded calls. Not to be modified. */
    @SuppressWarnings("ArrayRecordComponent") // on its way to a call: never compared
    record Wholes(long[] values) implements Argument {
        @Override
        public IValue toNative() {
            return IValue.listFrom(values);
        }

        @Override
        public void addTo(NDList inputs, String listName) {
            throw new IllegalArgumentException("a recorded call takes tensors only, got " + values.length + " numbers");
        }
    }

    /** A {@code float}, which is 64 bits wide in TorchScript; not for recorded calls. */
    record Real(double value) implements Argument {
        @Override
        public IValue toNative() {
            return IValue.from(value);
        }

        @Override
        public void addTo(NDList inputs, String listName) {
            throw new IllegalArgumentException("a recorded call takes tensors only, got the number " + value);
        }
    }

    static Argument of(NDArray tensor) {
        return new One(tensor);
    }

    static Argument of(NDList tensors) {
        return new Many(tensors);
    }

    static Argument of(long value) {
        return new Whole(value);
    }

    static Argument of(long[] values) {
        return new Wholes(values);
    }

    static Argument of(double value) {
        return new Real(value);
    }
}
