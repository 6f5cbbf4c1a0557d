package dev.plumbline.policy.tool;

import dev.plumbline.lm.text.TextStream;
import dev.plumbline.lm.text.Tokenizer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalInt;

/**
 * The text of an answer with the mark of calls, which is no part of it where a special token stands for the mark. Its place
 * is found by decoding the tokens once more.
 */
final class MarkedText {
    private final String mark;
    private final OptionalInt markId;
    private final TextStream decoded;
    /** Of marks that the text has not come to yet, in UTF-16 units. */
    private final Deque<Integer> places = new ArrayDeque<>();

    private int decodedLength;
    private int givenLength;

    MarkedText(Tokenizer tokenizer, String mark) {
        this.mark = mark;
        this.markId = special(tokenizer, mark);
        this.decoded = new TextStream(tokenizer, true);
    }

    private static OptionalInt special(Tokenizer tokenizer, String mark) {
        int[] ids = tokenizer.encode(mark, false);
        return ids.length == 1 && tokenizer.decode(ids, true).isEmpty() ? OptionalInt.of(ids[0]) : OptionalInt.empty();
    }

    /** The next piece of the text, which may be less than what its tokens say. */
    String accept(List<Integer> ids, String piece) {
        if (markId.isEmpty()) {
            return piece;
        }
        for (int id : ids) {
            if (id == markId.getAsInt()) {
                places.add(decodedLength);
            } else {
                decodedLength += decoded.accept(id).length();
            }
        }
        StringBuilder text = new StringBuilder();
        int from = 0;
        while (!places.isEmpty() && places.element() <= givenLength + piece.length()) {
            int to = Math.max(from, places.remove() - givenLength);
            text.append(piece, from, to).append(mark);
            from = to;
        }
        givenLength += piece.length();
        return text.append(piece, from, piece.length()).toString();
    }
}
