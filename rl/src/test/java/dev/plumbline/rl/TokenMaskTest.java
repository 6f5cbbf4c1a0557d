package dev.plumbline.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class TokenMaskTest {
    private static final TokenMask MASK = TokenMask.of(new boolean[][] {{true, false, true}, {}, {false}});

    @Test
    void countsTheTokensThatAreIncluded() {
        assertThat(MASK.rows()).isEqualTo(3);
        assertThat(MASK.length(0)).isEqualTo(3);
        assertThat(MASK.count()).isEqualTo(2);
        assertThat(MASK.count(0)).isEqualTo(2);
        assertThat(MASK.count(1)).isZero();
        assertThat(MASK.includes(0, 1)).isFalse();
        assertThat(MASK.includes(0, 2)).isTrue();
    }

    @Test
    void includesEveryTokenOfRowsOfAnyLength() {
        TokenMask mask = TokenMask.all(new float[][] {{1, 2}, {}, {3}});
        assertThat(mask.count()).isEqualTo(3);
        assertThat(mask.zeros()).isDeepEqualTo(new float[][] {{0, 0}, {}, {0}});
    }

    @Test
    void selectsRowsInTheGivenOrder() {
        assertThat(MASK.select(2, 0).zeros()).isDeepEqualTo(new float[][] {{0}, {0, 0, 0}});
        assertThat(MASK.select(2, 0).count(1)).isEqualTo(2);
    }

    @Test
    void doesNotChangeWhenTheArrayItWasMadeFromDoes() {
        boolean[][] included = {{true}};
        TokenMask mask = TokenMask.of(included);
        included[0][0] = false;
        assertThat(mask.count()).isEqualTo(1);
    }

    @Test
    void acceptsAnythingWhereTheMaskDoesNotCount() {
        MASK.requireFinite("values", new float[][] {{1, Float.NaN, 2}, {}, {Float.POSITIVE_INFINITY}});
    }

    @Test
    void namesTheFirstNumberThatIsNotFinite() {
        assertThatThrownBy(() -> MASK.requireFinite("logProbs", new float[][] {{1, 2, Float.NaN}, {}, {0}}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("logProbs[0][2] must be finite, got NaN");
        assertThatThrownBy(() -> MASK.requireFinite("values", new float[][] {{Float.NEGATIVE_INFINITY, 2, 3}, {}, {0}}))
                .hasMessage("values[0][0] must be finite, got -Infinity");
    }

    @Test
    void refusesAnotherShape() {
        assertThatThrownBy(() -> MASK.requireFinite("values", new float[][] {{1, 2, 3}}))
                .hasMessage("values must have the mask's 3 rows, got 1");
        assertThatThrownBy(() -> MASK.requireFinite("values", new float[][] {{1, 2, 3}, {4}, {5}}))
                .hasMessage("values[1] must have the mask's 0 tokens, got 1");
    }

    @Test
    void refusesANegativeLength() {
        assertThatThrownBy(() -> TokenMask.all(2, -1)).hasMessage("lengths[1] must be >= 0, got -1");
    }
}
