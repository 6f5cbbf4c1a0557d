package dev.plumbline.policy.tool;

import dev.plumbline.lm.text.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Finds calls in text that arrives in pieces, and holds back what may turn out to begin one. The result does not depend on
 * where the text was cut. What looks like a call and is none stays text; white space around calls goes with them.
 */
final class ToolScanner {
    private static final int NOT_YET = -1;
    private static final int NEVER = -2;

    private final ToolForm form;
    private final boolean parallel;
    private final CallJson json;
    private final StringBuilder held = new StringBuilder();
    /** Nothing was said but calls. */
    private boolean silent = true;

    private boolean called;
    /** The last that was said was a call. */
    private boolean afterCall;

    /** @param ids gives each call one of its own */
    ToolScanner(ToolForm form, ToolOffer offer, Supplier<String> ids) {
        this.form = form;
        this.parallel = offer.parallel();
        this.json = new CallJson(offer, ids);
    }

    /** What can be given out after one more piece. */
    Said accept(String piece) {
        held.append(piece);
        return scan(false);
    }

    /** What was held back, at the end of the text. */
    Said rest() {
        return scan(true);
    }

    private Said scan(boolean end) {
        StringBuilder text = new StringBuilder();
        List<ToolCall> calls = new ArrayList<>();
        while (true) {
            int bare = bare();
            boolean marked = bare < 0;
            int start = marked ? held.indexOf(form.mark()) : bare;
            if (start < 0) {
                text.append(release(end ? held.length() : free()));
                return new Said(text.toString(), calls);
            }
            int from = marked ? start + form.mark().length() : start;
            int before = marked ? trimmed(start) : 0;
            int jsonEnd = jsonEnd(from);
            int callEnd = jsonEnd < 0 ? jsonEnd : callEnd(jsonEnd, end);
            if (callEnd == NOT_YET && !end) {
                text.append(release(before));
                return new Said(text.toString(), calls);
            }
            List<ToolCall> found = callEnd < 0 ? List.of() : json.read(held.substring(from, jsonEnd));
            if (found.isEmpty()) {
                text.append(release(marked ? from : from + 1));
            } else {
                text.append(release(before));
                held.delete(0, callEnd - before);
                tell(found, calls);
            }
        }
    }

    /** How much of a text without calls can be given out. */
    private int free() {
        if (form.mayBeBare() && silent && separated() == held.length()) {
            return 0;
        }
        return trimmed(held.length() - possibleMark());
    }

    /** Length of the longest end of the held text that begins the mark. */
    private int possibleMark() {
        for (int length = Math.min(form.mark().length() - 1, held.length()); length > 0; length--) {
            if (form.mark().startsWith(held.substring(held.length() - length))) {
                return length;
            }
        }
        return 0;
    }

    private String release(int length) {
        String text = held.substring(0, length);
        held.delete(0, length);
        String shown = afterCall ? text.stripLeading() : text;
        afterCall &= shown.isEmpty();
        silent &= shown.isBlank();
        return shown;
    }

    /** Without the white space before {@code end}. */
    private int trimmed(int end) {
        return held.substring(0, end).stripTrailing().length();
    }

    /** The first place from {@code from} on that has no white space. */
    private int blank(int from) {
        int at = from;
        while (at < held.length() && Character.isWhitespace(held.charAt(at))) {
            at++;
        }
        return at;
    }

    /** Where a call without a mark begins, after nothing but white space and, between two calls, a semicolon; else -1. */
    private int bare() {
        if (!form.mayBeBare() || !silent) {
            return -1;
        }
        int at = separated();
        return at < held.length() && held.charAt(at) == form.bracket() ? at : -1;
    }

    private int separated() {
        int at = blank(0);
        return called && at < held.length() && held.charAt(at) == ';' ? blank(at + 1) : at;
    }

    private int jsonEnd(int from) {
        int at = blank(from);
        if (at == held.length()) {
            return NOT_YET;
        }
        return held.charAt(at) == form.bracket() ? CallJson.end(held, at) : NEVER;
    }

    /** One past the call whose JSON ends at {@code from}. A call that closes the text need not be closed itself. */
    private int callEnd(int from, boolean end) {
        if (form.close().isEmpty()) {
            return from;
        }
        int at = blank(from);
        String next =
                held.substring(at, Math.min(held.length(), at + form.close().length()));
        if (next.equals(form.close())) {
            return at + next.length();
        }
        if (form.close().startsWith(next)) {
            return end && next.isEmpty() ? at : NOT_YET;
        }
        return NEVER;
    }

    private void tell(List<ToolCall> found, List<ToolCall> calls) {
        for (ToolCall call : found) {
            if (parallel || !called) {
                calls.add(call);
                called = true;
            }
        }
        afterCall = true;
    }
}
