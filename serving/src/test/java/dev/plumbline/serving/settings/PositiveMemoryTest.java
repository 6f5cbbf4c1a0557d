package dev.plumbline.serving.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PositiveMemoryTest {
    private final PositiveMemory memory = new PositiveMemory();

    @Test
    void anAmountIsANumberOfBytesOrOfALargerUnit() {
        assertThat(memory.convert("4096").asLongValue()).isEqualTo(4096);
        assertThat(memory.convert(" 2G ").asLongValue()).isEqualTo(2L << 30);
    }

    @ParameterizedTest
    @CsvSource({
        "much, 'must be an amount of memory such as 512M, got \"much\"'",
        "-5, 'must be an amount of memory such as 512M, got \"-5\"'",
        "0, 'must be > 0, such as 512M, got \"0\"'",
        "0M, 'must be > 0, such as 512M, got \"0M\"'"
    })
    void anythingElseIsRefusedWithItsValue(String value, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> memory.convert(value))
                .withMessage(message);
    }
}
