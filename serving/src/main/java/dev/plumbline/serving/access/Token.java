package dev.plumbline.serving.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.regex.Pattern;

/** A secret as it is kept: its digest, which says nothing about it and has one length for all. */
final class Token {
    private static final int SHORTEST = 16;
    /** RFC 6750, section 2.1. */
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

    private final byte[] digest;

    private Token(byte[] digest) {
        this.digest = digest;
    }

    /** A secret of the settings; refused if it is easily guessed, or cannot be sent. */
    static Token of(String secret) {
        if (secret.length() < SHORTEST) {
            throw new IllegalArgumentException("a token must have at least " + SHORTEST + " characters, got "
                    + secret.length() + ": make one with \"openssl rand -hex 32\"");
        }
        if (!FORM.matcher(secret).matches()) {
            throw new IllegalArgumentException(
                    "a token must be made of letters, digits and . _ ~ + / -, and = at its end");
        }
        return shown(secret);
    }

    /** What a caller shows, whatever it is. */
    static Token shown(String text) {
        try {
            return new Token(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** Whether both are the same secret; takes as long for any two. */
    boolean matches(Token other) {
        return MessageDigest.isEqual(digest, other.digest);
    }
}
