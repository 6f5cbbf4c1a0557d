package dev.plumbline.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class OutboxTest {
    private final Queue<Promise<Void>> network = new ArrayDeque<>();
    private final List<String> made = new ArrayList<>();
    private final List<String> heard = new ArrayList<>();
    private final Outbox outbox = new Outbox(Runnable::run);

    @Test
    void aPieceIsMadeWhenTheOneBeforeItHasLeft() {
        add("one");
        add("two");
        assertThat(made).containsExactly("one");
        assertThat(outbox.isEmpty()).isFalse();

        network.remove().complete();

        assertThat(made).containsExactly("one", "two");
        assertThat(outbox.isEmpty()).isFalse();
    }

    @Test
    void itTellsWhenEverythingHasLeft() {
        outbox.whenEmpty(() -> heard.add("empty"));
        add("one");
        add("two");

        network.remove().complete();
        assertThat(heard).isEmpty();
        network.remove().complete();

        assertThat(heard).containsExactly("empty");
        assertThat(outbox.isEmpty()).isTrue();
    }

    @Test
    void nothingIsMadeForACallerThatIsGone() {
        add("one");
        add("two");

        network.remove().fail("connection closed");

        assertThat(made).containsExactly("one");
        assertThat(outbox.isEmpty()).isFalse();
    }

    private void add(String piece) {
        outbox.add(() -> {
            made.add(piece);
            Promise<Void> left = Promise.promise();
            network.add(left);
            return left.future();
        });
    }
}
