package dev.plumbline.policy.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The expected numbers come from the formulas written down a second time, in Python. */
class SeedsTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0, -2152535657050944081",
        "7, 0, -8774268681488515761",
        "7, 1, 5573481420429128725",
        "-1, 1000000, 3987233777056771155"
    })
    void aFedPromptsSeedIsAFunctionOfTheRunAndItsNumber(long runSeed, long index, long expected) {
        assertThat(Seeds.ofFeedIndex(runSeed, index)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "0, a, 198367012849983736",
        "7, run/3, 3570619676584358733",
        "7, Grüße, -8023799115890297722",
        "-1, '', 6698679324728925699"
    })
    void aProducersPromptsSeedIsAFunctionOfTheRunAndItsId(long runSeed, String id, long expected) {
        assertThat(Seeds.ofPromptId(runSeed, id)).isEqualTo(expected);
    }

    @Test
    void neighboursShareNothing() {
        assertThat(LongStream.range(0, 10_000)
                        .map(index -> Seeds.ofFeedIndex(1, index))
                        .distinct()
                        .count())
                .isEqualTo(10_000);
    }
}
