package dev.plumbline.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityTest {

    @Test
    void recordsAreOrderedAsTheyAreInTheLog() {
        RecordIdentity first = new RecordIdentity("a", 0, 9);
        RecordIdentity second = new RecordIdentity("a", 1, 2);
        RecordIdentity third = new RecordIdentity("a", 1, 10);
        RecordIdentity fourth = new RecordIdentity("b", 0, 0);
        assertThat(List.of(fourth, third, second, first).stream().sorted())
                .containsExactly(first, second, third, fourth);
    }

    @Test
    void anIdentityGoesOverTheWireAndBack() {
        RecordIdentity identity = new RecordIdentity("a", 1, 2);
        assertThat(RecordIdentity.of(identity.toLogPosition())).isEqualTo(identity);
        assertThat(identity).hasToString("a/1/2");
    }

    @Test
    void aModelIsWrittenAsNameAndVersion() {
        assertThat(ModelVersion.parse("my-policy_v1.5@12")).isEqualTo(new ModelVersion("my-policy_v1.5", 12));
        assertThat(new ModelVersion("policy", 3)).hasToString("policy@3");
    }

    @Test
    void versionsAreOrderedAsNumbers() {
        assertThat(new ModelVersion("policy", 10)).isGreaterThan(new ModelVersion("policy", 9));
    }

    @ParameterizedTest
    @ValueSource(strings = {"policy", "policy@", "policy@x", "policy@0", "@3", ".hidden@1", "a/b@1", "../a@1", "a@1@2"})
    void anythingElseIsRefusedWithItsText(String text) {
        assertThatThrownBy(() -> ModelVersion.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aFilterRemembersTheLastAnsweredRecords() {
        RepeatFilter filter = new RepeatFilter(2);
        for (int offset = 0; offset < 3; offset++) {
            assertThat(filter.isRepeat(new RecordIdentity("a", 0, offset))).isFalse();
            filter.answered(new RecordIdentity("a", 0, offset));
        }
        assertThat(filter.isRepeat(new RecordIdentity("a", 0, 0))).isFalse();
        assertThat(filter.isRepeat(new RecordIdentity("a", 0, 1))).isTrue();
        assertThat(filter.isRepeat(new RecordIdentity("a", 0, 2))).isTrue();
    }

    @Test
    void failedAttemptsAreWrittenIntoMetadataAndReadBack() {
        Attempts attempts = new Attempts();
        attempts.failed(17);
        attempts.failed(23);
        attempts.failed(23);
        assertThat(attempts.metadata()).isEqualTo("attempts 17=1 23=2");
        Attempts readBack = new Attempts();
        readBack.load(attempts.metadata());
        assertThat(readBack.of(17)).isEqualTo(1);
        assertThat(readBack.of(23)).isEqualTo(2);
        readBack.forgetBelow(20);
        readBack.done(23);
        assertThat(readBack.metadata()).isEmpty();
    }

    @Test
    void metadataOfOthersIsNoAttemptAndTheMetadataNeverGrowsTooLargeForTheBroker() {
        Attempts attempts = new Attempts();
        attempts.load("written by another program 17=1");
        assertThat(attempts.of(17)).isZero();
        for (long offset = 0; offset < 5000; offset++) {
            attempts.failed(900_000_000_000_000_000L + offset);
        }
        assertThat(attempts.metadata().length()).isLessThan(4096);
    }
}
