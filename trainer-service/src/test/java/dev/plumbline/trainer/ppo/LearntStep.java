package dev.plumbline.trainer.ppo;

import dev.plumbline.trainer.answers.Episode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A step as it was learnt.
 *
 * @param answers in the order they were learnt from
 * @param members prompts of the step
 * @param failed how many of them were left out
 * @param weights digest of the learner's state after it
 */
public record LearntStep(long step, List<Answer> answers, int members, int failed, long weights) {
    /**
     * One sample; its prompt's tokens are the prompt's place in the log.
     *
     * @param versions step of the version of each token; -1 for one outside the lineage
     */
    public record Answer(int partition, long offset, List<Integer> tokens, List<Long> versions) {}

    static LearntStep of(StepBatch batch, long weights) {
        return new LearntStep(
                batch.step(),
                batch.episodes().stream().map(LearntStep::answer).toList(),
                batch.members(),
                batch.failures().size(),
                weights);
    }

    private static Answer answer(Episode episode) {
        int[] ids = episode.sequence().ids();
        return new Answer(
                ids[0],
                ids[1],
                IntStream.range(2, ids.length).mapToObj(i -> ids[i]).toList(),
                Arrays.stream(episode.versions()).boxed().toList());
    }
}
