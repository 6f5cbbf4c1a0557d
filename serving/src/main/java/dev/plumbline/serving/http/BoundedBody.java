package dev.plumbline.serving.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;

/**
 * A body on its way in. Read as it is, whatever its content type says: Vert.x' own reader takes what comes without one from
 * curl for a form.
 */
final class BoundedBody {
    private final int maxBytes;
    private final Consumer<Buffer> whole;
    private final Runnable tooLarge;
    private final Buffer body = Buffer.buffer();
    private boolean refused;

    private BoundedBody(int maxBytes, Consumer<Buffer> whole, Runnable tooLarge) {
        this.maxBytes = maxBytes;
        this.whole = whole;
        this.tooLarge = tooLarge;
    }

    /** Reads the body; exactly one of the two is called, on the event loop, if the caller stays so long. */
    static void read(HttpServerRequest request, int maxBytes, Consumer<Buffer> whole, Runnable tooLarge) {
        BoundedBody body = new BoundedBody(maxBytes, whole, tooLarge);
        request.handler(body::add).endHandler(end -> body.end());
    }

    private void add(Buffer part) {
        if (refused) {
            return;
        }
        if (body.length() + (long) part.length() > maxBytes) {
            refused = true;
            tooLarge.run();
        } else {
            body.appendBuffer(part);
        }
    }

    private void end() {
        if (!refused) {
            whole.accept(body);
        }
    }
}
