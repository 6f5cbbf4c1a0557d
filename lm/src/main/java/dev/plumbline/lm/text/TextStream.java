package dev.plumbline.lm.text;

import java.util.Arrays;

/**
 * Text given out while its ids are still being generated. A piece is held back until it ends in a whole character, so the
 * pieces are valid Unicode, and they join to what decoding all ids at once gives, except after bytes that never become a
 * character. Ids that stand for no token add nothing.
 *
 * <p>With the ids seen so far and two offsets p ≤ q in them: old = decode(ids[p:q]), new = decode(ids[p:]); if new is
 * longer in characters and does not end in U+FFFD, the rest of new is given out, p ← q, q ← number of ids. Decoding from p
 * gives each piece the neighbour that decides about spaces.
 *
 * <p>Costs two decodings of a few ids for each piece; only a run of bytes that form no character makes them longer. For
 * one thread.
 */
public final class TextStream {
    private static final String CUT_CHARACTER = "\uFFFD";

    private Tokenizer tokenizer;
    private final boolean skipSpecialTokens;
    /** ids[p:], of which the first {@code old} are ids[p:q]. */
    private long[] window = new long[8];

    private int size;
    private int old;
    /** Characters (code points) of decode(ids[p:q]). */
    private int oldCharacters;

    /**
     * A stream that has seen no id yet.
     *
     * @param skipSpecialTokens whether special tokens are left out of the text
     */
    public TextStream(Tokenizer tokenizer, boolean skipSpecialTokens) {
        this.tokenizer = tokenizer;
        this.skipSpecialTokens = skipSpecialTokens;
    }

    /**
     * Goes on with another tokenizer, as the one before may be closed.
     *
     * @throws IllegalArgumentException if its ids stand for other tokens
     */
    public void continueWith(Tokenizer other) {
        if (!other.digest().equals(tokenizer.digest())) {
            throw new IllegalArgumentException("other must have the digest " + tokenizer.digest() + ", got "
                    + other.digest() + ": begin a new stream for other ids");
        }
        tokenizer = other;
    }

    /** The text that can be given out once this id is known; often empty. */
    public String accept(int id) {
        if (!tokenizer.hasToken(id) || (skipSpecialTokens && tokenizer.isSpecial(id))) {
            return "";
        }
        if (size == window.length) {
            window = Arrays.copyOf(window, 2 * size);
        }
        window[size++] = id;
        String text = decodeWindow();
        if (text.endsWith(CUT_CHARACTER)) {
            return "";
        }
        String piece = afterOld(text);
        if (!piece.isEmpty()) {
            size -= old;
            System.arraycopy(window, old, window, 0, size);
            old = size;
            oldCharacters = characters(decodeWindow());
        }
        return piece;
    }

    /** What was held back, at the end of the ids. */
    public String rest() {
        String rest = afterOld(decodeWindow());
        size = 0;
        old = 0;
        oldCharacters = 0;
        return rest;
    }

    private String decodeWindow() {
        return tokenizer.decode(Arrays.copyOf(window, size), false);
    }

    private String afterOld(String text) {
        return characters(text) > oldCharacters ? text.substring(text.offsetByCodePoints(0, oldCharacters)) : "";
    }

    private static int characters(String text) {
        return text.codePointCount(0, text.length());
    }
}
