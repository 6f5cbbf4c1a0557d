package dev.plumbline.trainer.data;

/**
 * As {@link DemonstrationFormat}, with "ground_truth" beside it.
 *
 * @param needsGroundTruth whether an answer to a prompt without the right answer could not be judged
 */
public record AskedDemonstrationFormat(boolean needsGroundTruth) implements LineFormat<AskedDemonstration> {
    @Override
    public AskedDemonstration parse(JsonLine line) throws MalformedLineException {
        Demonstration demonstration = new DemonstrationFormat().parse(line);
        Question question = new Question(demonstration.prompt(), line.groundTruth(needsGroundTruth));
        return new AskedDemonstration(question, demonstration.completion());
    }
}
