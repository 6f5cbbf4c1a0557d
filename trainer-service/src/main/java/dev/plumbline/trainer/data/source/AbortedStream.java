package dev.plumbline.trainer.data.source;

import java.io.FilterInputStream;
import software.amazon.awssdk.core.ResponseInputStream;

/** An object that may be left before its end: what has not come yet is not waited for. */
final class AbortedStream extends FilterInputStream {
    private final ResponseInputStream<?> object;

    AbortedStream(ResponseInputStream<?> object) {
        super(object);
        this.object = object;
    }

    @Override
    public void close() {
        object.abort();
    }
}
