package dev.plumbline.trainer.data;

/** How the fields of a JSON line are called. */
public record FieldNames(
        String prompt,
        String completion,
        String messages,
        String text,
        String chosen,
        String rejected,
        String completions,
        String ranks,
        String groundTruth,
        String source) {
    /** The usual names. */
    public static final FieldNames USUAL = new FieldNames(
            "prompt",
            "completion",
            "messages",
            "text",
            "chosen",
            "rejected",
            "completions",
            "ranks",
            "ground_truth",
            "source");
}
