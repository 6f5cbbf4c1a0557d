package dev.plumbline.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import dev.plumbline.proto.exchange.v1.Window;
import org.junit.jupiter.api.Test;

class HouseViewTest {

    private static final String TOPIC = "topic-id";

    private final HouseView view = new HouseView();

    @Test
    void aRecordInAWindowBelongsToItsStepWithTheStepsMinimum() {
        view.apply(run("r", RunState.RUN_STATE_RUNNING));
        view.apply(step("r", 1, 0, "policy@1", 0, 0, 4));
        view.apply(step("r", 2, 0, "policy@3", 0, 4, 10));

        assertThat(at(0, 3, "")).isEqualTo(member("r", 1, "policy@1"));
        assertThat(at(0, 4, "r")).isEqualTo(member("r", 2, "policy@3"));
        assertThat(at(0, 9, "")).isEqualTo(member("r", 2, "policy@3"));
    }

    @Test
    void aRecordBeyondTheWindowsWaits() {
        view.apply(run("r", RunState.RUN_STATE_RUNNING));
        view.apply(step("r", 1, 0, "policy@1", 0, 0, 4));
        assertThat(at(0, 4, "")).isInstanceOf(Admission.Waiting.class);
        assertThat(at(1, 0, "")).isInstanceOf(Admission.Waiting.class);
        assertThat(view.admittedUpTo(TOPIC, 0)).isEqualTo(4);
        assertThat(view.admittedUpTo(TOPIC, 1)).isZero();
    }

    @Test
    void recordsOfATopicThatWasMadeAnewAreNotThoseOfTheOldOne() {
        view.apply(run("r", RunState.RUN_STATE_RUNNING));
        view.apply(step("r", 1, 0, "policy@1", 0, 0, 4));
        assertThat(view.admission(new RecordIdentity("another", 0, 1), "")).isInstanceOf(Admission.Waiting.class);
    }

    @Test
    void aRecordOfAnotherRunsFeedIsPassedOver() {
        view.apply(run("r", RunState.RUN_STATE_RUNNING));
        view.apply(step("r", 1, 0, "policy@1", 0, 0, 4));
        assertThat(at(0, 1, "other")).isInstanceOf(Admission.PassedOver.class);
    }

    @Test
    void windowsOfARunThatHasEndedArePassedOver() {
        view.apply(run("r", RunState.RUN_STATE_RUNNING));
        view.apply(step("r", 1, 0, "policy@1", 0, 0, 4));
        for (RunState ended :
                new RunState[] {RunState.RUN_STATE_SUCCEEDED, RunState.RUN_STATE_FAILED, RunState.RUN_STATE_CANCELLED
                }) {
            view.apply(run("r", ended));
            assertThat(at(0, 1, "")).isInstanceOf(Admission.PassedOver.class);
            assertThat(view.hasEnded("r")).isTrue();
        }
        view.apply(run("r", RunState.RUN_STATE_PAUSED));
        assertThat(at(0, 1, "")).isInstanceOf(Admission.Member.class);
    }

    @Test
    void whatAnEndedRunFedAndNeverAdmittedIsPassedOver() {
        view.apply(run("r", RunState.RUN_STATE_CANCELLED));
        assertThat(at(0, 100, "r")).isInstanceOf(Admission.PassedOver.class);
        assertThat(at(0, 100, "")).isInstanceOf(Admission.Waiting.class);
    }

    @Test
    void whatLiesBelowALaterWindowIsNeverAdmittedAnyMore() {
        view.apply(run("r", RunState.RUN_STATE_RUNNING));
        view.apply(step("r", 1, 0, "policy@1", 0, 50, 60));
        assertThat(at(0, 10, "")).isInstanceOf(Admission.PassedOver.class);
        view.apply(step("r", 2, 0, "policy@1", 0, 70, 80));
        assertThat(at(0, 65, "")).isInstanceOf(Admission.PassedOver.class);
    }

    @Test
    void aStepMayBeAdmittedInInstalmentsAndARepeatedInstalmentChangesNothing() {
        view.apply(run("r", RunState.RUN_STATE_RUNNING));
        view.apply(step("r", 1, 0, "policy@1", 0, 0, 4));
        view.apply(step("r", 1, 1, "policy@1", 0, 4, 6));
        view.apply(step("r", 1, 1, "policy@9", 0, 4, 99));
        assertThat(at(0, 5, "")).isEqualTo(member("r", 1, "policy@1"));
        assertThat(at(0, 6, "")).isInstanceOf(Admission.Waiting.class);
        assertThat(view.steps("r")).hasSize(2);
    }

    @Test
    void aWindowWhoseRunIsNotKnownYetWaits() {
        view.apply(step("r", 1, 0, "policy@1", 0, 0, 4));
        assertThat(at(0, 1, "")).isInstanceOf(Admission.Waiting.class);
    }

    @Test
    void theNewestPolicyOfARunIsNotThatOfAnotherRunOfTheSameName() {
        view.apply(run("r", RunState.RUN_STATE_RUNNING));
        view.apply(model("policy", 1, "r"));
        view.apply(model("policy", 2, "r"));
        view.apply(model("policy", 3, "later"));
        view.apply(model("reward", 9, "r"));
        assertThat(view.newestOfRun("r")).contains(model("policy", 2, "r"));
        assertThat(view.newest("policy")).contains(model("policy", 3, "later"));
        view.forget(new ModelVersion("policy", 2));
        assertThat(view.newestOfRun("r")).contains(model("policy", 1, "r"));
        assertThat(view.newestOfRun("unknown")).isEmpty();
        assertThat(view.model(new ModelVersion("reward", 9))).isPresent();
    }

    private Admission at(int partition, long offset, String runId) {
        return view.admission(new RecordIdentity(TOPIC, partition, offset), runId);
    }

    private Admission member(String run, long step, String minimum) {
        return new Admission.Member(view.run(run).orElseThrow(), step, ModelVersion.parse(minimum));
    }

    private static RunContract run(String id, RunState state) {
        return RunContract.newBuilder()
                .setRunId(id)
                .setPolicy("policy")
                .setState(state)
                .build();
    }

    private static ModelPublished model(String name, long version, String run) {
        return ModelPublished.newBuilder()
                .setName(name)
                .setVersion(version)
                .setRunId(run)
                .build();
    }

    private static StepAdmitted step(
            String run, long step, int instalment, String minimum, int partition, long from, long to) {
        return StepAdmitted.newBuilder()
                .setRunId(run)
                .setStep(step)
                .setInstalment(instalment)
                .setTopicId(TOPIC)
                .setMinPolicy(minimum)
                .addWindows(Window.newBuilder()
                        .setPartition(partition)
                        .setFromOffset(from)
                        .setToOffset(to))
                .build();
    }
}
