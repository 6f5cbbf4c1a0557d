package dev.plumbline.trainer.data;

/** {"text"}, for language modelling. */
public record TextFormat() implements LineFormat<String> {
    @Override
    public String parse(JsonLine line) throws MalformedLineException {
        String field = line.fields().text();
        String text = line.text(field);
        if (text.isEmpty()) {
            throw new MalformedLineException("\"" + field + "\" is empty");
        }
        return text;
    }
}
