package dev.plumbline.trainer.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ByteLinesTest {
    @Test
    void aLineEndsWithANewlineOrACarriageReturnAndOneOrTheFile() throws IOException {
        assertThat(lines("a\nb\r\n\nc\rd\ne")).containsExactly("a", "b", "", "c\rd", "e");
        assertThat(lines("a\n")).containsExactly("a");
        assertThat(lines("\n")).containsExactly("");
        assertThat(lines("")).isEmpty();
    }

    @Test
    void aByteOrderMarkIsNoPartOfTheFirstLine() throws IOException {
        assertThat(lines("\ufeffa\n\ufeffb")).containsExactly("a", "\ufeffb");
    }

    @Test
    void linesMayBeLongerThanWhatIsReadAtOnce() throws IOException {
        String line = "grün ".repeat(100_000);
        assertThat(lines(line + "\nb\n" + line)).containsExactly(line, "b", line);
    }

    @Test
    void aLineThatIsNotUtf8SaysFromWhichByteOn() throws IOException {
        byte[] latin1 = "{\"text\": \"grün\"}\nb".getBytes(StandardCharsets.ISO_8859_1);
        try (ByteLines lines = new ByteLines(new ByteArrayInputStream(latin1))) {
            assertThat(lines.next()).isTrue();
            assertThatThrownBy(lines::text)
                    .isInstanceOf(CharacterCodingException.class)
                    .hasMessage("is not UTF-8 from byte 13 on; write the file in UTF-8");
            assertThat(lines.next()).isTrue();
            assertThat(lines.text()).isEqualTo("b");
        }
    }

    @Test
    void aLineOfAHundredMegabytesIsPassedOverAndTheNextIsRead() throws IOException {
        byte[] huge = new byte[100_000_002];
        Arrays.fill(huge, (byte) 'x');
        huge[huge.length - 2] = '\n';
        try (ByteLines lines = new ByteLines(new ByteArrayInputStream(huge))) {
            assertThat(lines.next()).isTrue();
            assertThat(lines.oversized()).isTrue();
            assertThat(lines.next()).isTrue();
            assertThat(lines.oversized()).isFalse();
            assertThat(lines.number()).isEqualTo(2);
            assertThat(lines.text()).isEqualTo("x");
            assertThat(lines.next()).isFalse();
        }
    }

    private static List<String> lines(String text) throws IOException {
        List<String> read = new ArrayList<>();
        try (ByteLines lines = new ByteLines(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))) {
            while (lines.next()) {
                read.add(lines.text());
            }
            assertThat(lines.number()).isEqualTo(read.size());
        }
        return read;
    }
}
