package dev.plumbline.lm.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One tokenizer and several threads. */
@Timeout(60)
class SharedTokenizerTest {
    private static final int THREADS = 4;

    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

    @AfterEach
    void stopThreads() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    @ParameterizedTest
    @MethodSource("dev.plumbline.lm.text.TokenizerVectors#all")
    void threadsGetWhatOneWouldGet(TokenizerVectors vectors) throws Exception {
        try (Tokenizer tokenizer = Tokenizer.load(vectors.checkpoint())) {
            CountDownLatch together = new CountDownLatch(THREADS);
            List<Future<?>> results = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                results.add(threads.submit(() -> {
                    together.countDown();
                    together.await();
                    for (JsonNode entry : vectors.cases()) {
                        assertEncodesAndDecodes(tokenizer, entry);
                    }
                    return null;
                }));
            }
            for (Future<?> result : results) {
                result.get();
            }
        }
    }

    private static void assertEncodesAndDecodes(Tokenizer tokenizer, JsonNode entry) {
        int[] ids = TokenizerVectors.ids(entry, "ids");
        if (entry.required("text").isTextual()) {
            assertThat(tokenizer.encode(entry.required("text").textValue(), false))
                    .isEqualTo(ids);
        }
        assertThat(tokenizer.decode(ids, false))
                .isEqualTo(entry.required("decoded_keep_special").textValue());
    }

    @Test
    void closingLetsTheCallsInProgressFinish(@TempDir Path directory) throws IOException, Exception {
        Tokenizer tokenizer = SmallCheckpoint.in(directory).load();
        String text = "the miller mends the clock ".repeat(50);
        int[] expected = tokenizer.encode(text, true);
        CountDownLatch busy = new CountDownLatch(THREADS);
        List<Future<Boolean>> results = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            results.add(threads.submit(() -> {
                while (true) {
                    try {
                        assertThat(tokenizer.encode(text, true)).isEqualTo(expected);
                    } catch (IllegalStateException closed) {
                        return true;
                    }
                    busy.countDown();
                }
            }));
        }
        busy.await();
        tokenizer.close();
        for (Future<Boolean> result : results) {
            assertThat(result.get()).isTrue();
        }
    }
}
