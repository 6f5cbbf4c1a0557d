package dev.plumbline.serving.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShareTest {
    private final Share share = new Share();

    @Test
    void aShareIsANumberFromZeroToOne() {
        assertThat(share.convert("0")).isZero();
        assertThat(share.convert(" 0.25 ")).isEqualTo(0.25);
        assertThat(share.convert("1")).isOne();
    }

    @ParameterizedTest
    @CsvSource({
        "half, 'must be a number from 0 to 1, got \"half\"'",
        "1.5, 'must be from 0 to 1, got 1.5'",
        "-0.1, 'must be from 0 to 1, got -0.1'",
        "NaN, 'must be from 0 to 1, got NaN'"
    })
    void anythingElseIsRefusedWithItsValue(String value, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> share.convert(value))
                .withMessage(message);
    }
}
