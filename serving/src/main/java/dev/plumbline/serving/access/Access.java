package dev.plumbline.serving.access;

import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.settings.HouseSettings;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Lets callers in by the token that they show. Without any token in the settings everybody may do everything. */
public final class Access {
    private static final String BEARER = "Bearer ";

    private final Tokens data;
    private final Tokens control;

    public Access(Tokens data, Tokens control) {
        this.data = data;
        this.control = control;
    }

    /** As the settings say. */
    public static Access of(HouseSettings.Security.Tokens tokens) {
        return new Access(
                Tokens.of("plumbline.security.tokens.data", tokens.data().orElse(List.of())),
                Tokens.of("plumbline.security.tokens.control", tokens.control().orElse(List.of())));
    }

    /** For everybody. */
    public static Access open() {
        return new Access(Tokens.of("none", List.of()), Tokens.of("none", List.of()));
    }

    /** Whether callers need a token at all. */
    public boolean isGuarded() {
        return data.areSet() || control.areSet();
    }

    /** What is wrong with the settings. */
    public List<String> problems() {
        return Stream.concat(data.problems().stream(), control.problems().stream())
                .toList();
    }

    /** Reads the files of tokens again. */
    public void readAgain() {
        data.readAgain();
        control.readAgain();
    }

    /**
     * Throws what a caller is told that may not do this.
     *
     * @param authorization the header of that name
     */
    public void require(Role needed, @Nullable String authorization) {
        if (!isGuarded()) {
            return;
        }
        Role role = role(shown(authorization))
                .orElseThrow(() -> CallerFault.unauthenticated(
                        "TOKEN_UNKNOWN", "the token is none of those that this service knows, or not any more"));
        if (needed == Role.CONTROL && role != Role.CONTROL) {
            throw CallerFault.permissionDenied(
                    "CONTROL_ROLE_REQUIRED", "the token gives the data role, and this call needs the control role");
        }
    }

    private static Token shown(@Nullable String authorization) {
        if (authorization == null || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            throw CallerFault.unauthenticated(
                    "TOKEN_MISSING", "this service asks for a token: send the header \"authorization: Bearer TOKEN\"");
        }
        return Token.shown(authorization.substring(BEARER.length()).strip());
    }

    /** Both are always looked at, so that the time taken tells nothing. */
    private Optional<Role> role(Token shown) {
        boolean mayOrder = control.have(shown);
        boolean mayAsk = data.have(shown);
        if (mayOrder) {
            return Optional.of(Role.CONTROL);
        }
        return mayAsk ? Optional.of(Role.DATA) : Optional.empty();
    }
}
