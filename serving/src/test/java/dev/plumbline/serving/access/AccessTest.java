package dev.plumbline.serving.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.ErrorKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest {
    private static final String ASKS = "asks-asks-asks-asks";
    private static final String ASKS_TOO = "also-asks-also-asks";
    private static final String ORDERS = "orders-orders-orders";

    private final Access access = access(List.of(ASKS, ASKS_TOO), List.of(ORDERS));

    @ParameterizedTest
    @EnumSource(Role.class)
    void withoutTokensInTheSettingsEverybodyMayDoEverything(Role role) {
        assertThatCode(() -> Access.open().require(role, null)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {ASKS, ASKS_TOO})
    void everyDataTokenMayAskAndNotOrder(String token) {
        assertThatCode(() -> access.require(Role.DATA, "Bearer " + token)).doesNotThrowAnyException();

        assertDenied(access, Role.CONTROL, "Bearer " + token, ErrorKind.PERMISSION_DENIED, "CONTROL_ROLE_REQUIRED");
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void aControlTokenMayDoBoth(Role role) {
        assertThatCode(() -> access.require(role, "Bearer " + ORDERS)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Bearer", "Basic YTpi", ASKS})
    void whoShowsNoTokenIsToldHow(String authorization) {
        assertDenied(access, Role.DATA, authorization, ErrorKind.UNAUTHENTICATED, "TOKEN_MISSING");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer ", "Bearer wrong", "Bearer asks-asks-asks-ask", "Bearer asks-asks-asks-asks2"})
    void aTokenThatNobodyKnowsIsRefused(String authorization) {
        assertDenied(access, Role.DATA, authorization, ErrorKind.UNAUTHENTICATED, "TOKEN_UNKNOWN");
    }

    @Test
    void tokensOfAFileAreReplacedWithIt(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("tokens"), ASKS + "\n\n");
        Access rotated = access(List.of("file:" + file), List.of());

        Files.writeString(file, ASKS_TOO + "\n");
        rotated.readAgain();

        assertThatCode(() -> rotated.require(Role.DATA, "Bearer " + ASKS_TOO)).doesNotThrowAnyException();
        assertDenied(rotated, Role.DATA, "Bearer " + ASKS, ErrorKind.UNAUTHENTICATED, "TOKEN_UNKNOWN");
    }

    @Test
    void aFileThatIsAwayOrEmptyLeavesTheTokensItHad(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("tokens"), ASKS);
        Access rotated = access(List.of("file:" + file), List.of());

        Files.writeString(file, "");
        rotated.readAgain();
        Files.delete(file);
        rotated.readAgain();

        assertThatCode(() -> rotated.require(Role.DATA, "Bearer " + ASKS)).doesNotThrowAnyException();
    }

    @Test
    void allThatIsWrongWithTheSettingsIsToldAtOnceAndNoSecretIs(@TempDir Path directory) {
        Access wrong = access(
                List.of("short", "file:" + directory.resolve("missing")), List.of("with spaces and more of them"));

        assertThat(wrong.problems())
                .hasSize(3)
                .anySatisfy(problem -> assertThat(problem).contains("data[0]", "16 characters, got 5"))
                .anySatisfy(problem -> assertThat(problem).contains("missing", "cannot be used"))
                .anySatisfy(problem -> assertThat(problem).contains("control[0]", "letters, digits"))
                .noneSatisfy(problem -> assertThat(problem).contains("short"))
                .noneSatisfy(problem -> assertThat(problem).contains("with spaces"));
        assertThat(wrong.isGuarded()).isTrue();
    }

    private static Access access(List<String> data, List<String> control) {
        return new Access(Tokens.of("data", data), Tokens.of("control", control));
    }

    private static void assertDenied(Access access, Role role, String authorization, ErrorKind kind, String reason) {
        assertThatThrownBy(() -> access.require(role, authorization))
                .isInstanceOfSatisfying(CallerFault.class, error -> {
                    assertThat(error.kind()).isEqualTo(kind);
                    assertThat(error.reason()).isEqualTo(reason);
                });
    }
}
