package dev.plumbline.lm;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.lm.torch.Torch;

/**
 * Unpacks libtorch and the tokenizers into DJL's cache ({@code DJL_CACHE_DIR}), so that an image carries them unpacked
 * and its containers run with a read-only root.
 */
public final class UnpackNatives {

    private UnpackNatives() {}

    public static void main(String[] args) {
        Torch.use(ComputeSettings.cpu(1));
        LibUtils.checkStatus();
    }
}
