package dev.plumbline.example.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.example.quickstart.Split.Share;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SplitTest {
    private static final Set<Share> HELD_OUT =
            Set.of(Share.HELD_OUT_DEMONSTRATIONS, Share.HELD_OUT_RANKINGS, Share.HELD_OUT_PROMPTS);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4711})
    void noPairOfTemplateAndAnimalIsInTwoShares(long seed) {
        Split split = Split.of(seed);
        Map<String, Share> owners = new HashMap<>();
        for (Share share : Share.values()) {
            for (Question question : split.questions(share)) {
                String pair = question.template().pattern() + " / " + question.animal();
                Share owner = owners.putIfAbsent(pair, share);
                assertThat(owner == null || owner == share).as(pair).isTrue();
            }
        }
        assertThat(owners).hasSize(Template.all().size() * World.animals().size());
    }

    /** The texts, as the runs see them, prove it once more without the types. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void noHeldOutPromptIsATrainingPrompt(long seed) {
        Split split = Split.of(seed);
        Set<String> training = new HashSet<>();
        Set<String> heldOut = new HashSet<>();
        for (Share share : Share.values()) {
            (HELD_OUT.contains(share) ? heldOut : training).addAll(split.prompts(share));
        }
        assertThat(heldOut).isNotEmpty().doesNotContainAnyElementsOf(training);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyTemplateIsInEveryShareAndEveryAnimalIsTrainedOn(long seed) {
        Split split = Split.of(seed);
        for (Share share : Share.values()) {
            List<Question> questions = split.questions(share);
            assertThat(questions.stream().map(Question::template).distinct()).hasSameSizeAs(Template.all());
            if (!HELD_OUT.contains(share)) {
                assertThat(questions.stream().map(Question::animal).distinct()).hasSameSizeAs(World.animals());
            }
        }
    }
}
