package dev.plumbline.policy.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import java.util.List;
import org.junit.jupiter.api.Test;

class AuthorsTest {
    private static final ModelVersion FIRST = new ModelVersion("policy", 1);
    private static final ModelVersion SECOND = new ModelVersion("policy", 2);
    private static final ModelVersion THIRD = new ModelVersion("policy", 3);

    private final Authors authors = new Authors(3, FIRST);

    @Test
    void everyTokenIsOfTheVersionThatWasTheLastWhenItCame() {
        authors.token(0);
        authors.token(0);
        authors.goOn(SECOND);
        authors.goOn(THIRD);
        authors.token(0);
        authors.token(1);

        assertThat(authors.spans(0)).containsExactly(span(FIRST, 0, 2), span(THIRD, 2, 3));
        assertThat(authors.spans(1)).containsExactly(span(THIRD, 0, 1));
        assertThat(authors.last()).isEqualTo(THIRD);
    }

    @Test
    void anAnswerWithoutATokenIsOfTheLastVersion() {
        authors.goOn(SECOND);

        assertThat(authors.spans(2)).isEqualTo(List.of(span(SECOND, 0, 0)));
    }

    private static ModelVersionSpan span(ModelVersion version, int from, int to) {
        return ModelVersionSpan.newBuilder()
                .setModel(version.toString())
                .setFromToken(from)
                .setToToken(to)
                .build();
    }
}
