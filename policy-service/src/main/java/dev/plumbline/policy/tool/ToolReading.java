package dev.plumbline.policy.tool;

import dev.plumbline.lm.text.Tokenizer;
import java.util.List;
import java.util.UUID;

/** Reads one answer, in one piece or in several. For one thread. */
public final class ToolReading {
    /** Mistral's templates take no other length. */
    private static final int SHORT_ID = 9;

    private final MarkedText marked;
    private final ToolScanner scanner;

    /**
     * A reading that has seen nothing yet.
     *
     * @param tokenizer of the model that answers
     */
    public ToolReading(ToolForm form, ToolOffer offer, Tokenizer tokenizer) {
        this.marked = new MarkedText(tokenizer, form.mark());
        this.scanner = new ToolScanner(form, offer, () -> id(form));
    }

    private static String id(ToolForm form) {
        String random = UUID.randomUUID().toString().replace("-", "");
        return form == ToolForm.MISTRAL ? random.substring(0, SHORT_ID) : "call_" + random;
    }

    /**
     * What is said in the next piece, as far as it can be told.
     *
     * @param ids the piece's tokens
     * @param text the piece's text, which may lag behind its tokens
     */
    public Said accept(List<Integer> ids, String text) {
        return scanner.accept(marked.accept(ids, text));
    }

    /** What was held back, at the end of the answer. */
    public Said rest() {
        return scanner.rest();
    }
}
