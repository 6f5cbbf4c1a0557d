package dev.plumbline.serving.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ParentWatchTest {
    @Test
    void theProcessLivesWhileItsInputIsOpenAndEndsWithIt() throws Exception {
        CountDownLatch exited = new CountDownLatch(1);
        try (PipedOutputStream parent = new PipedOutputStream()) {
            ParentWatch.start(new PipedInputStream(parent), exited::countDown);
            parent.write("ignored".getBytes(UTF_8));
            parent.flush();
            assertThat(exited.getCount()).isOne();
        }

        assertThat(exited.await(10, SECONDS)).isTrue();
    }
}
