package dev.plumbline.trainer.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.proto.exchange.v1.Judgement;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.proto.exchange.v1.Window;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.trainer.ppo.LearntStep;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** What has to hold of a run however its schedule went, judged by the log alone and by what was learnt. */
final class Verdict {
    private final SimulatedHouse house;
    private final Schedule schedule;
    private final Run run;
    /** By step. */
    private final List<Map<String, Double>> figures;

    private final String topicId;
    /** By prompt, what came of it first. */
    private final Map<RecordIdentity, Trajectory> first = new HashMap<>();
    /** By prompt of the run's own feed, its number. */
    private final Map<RecordIdentity, Long> fed = new HashMap<>();
    /** All training prompts that are not another run's, records that are no prompt among them. */
    private final List<RecordIdentity> candidates = new ArrayList<>();
    /** By step, the identities of its members. */
    private final Map<Long, Set<RecordIdentity>> members = new TreeMap<>();
    /** By step, how it was learnt the last time. */
    private final Map<Long, LearntStep> steps = new TreeMap<>();

    private Verdict(SimulatedHouse house, SimulatedTrainer trainer) {
        this.house = house;
        this.schedule = house.schedule();
        this.run = trainer.run();
        this.figures = trainer.figures();
        topicId = house.topics().topicId(house.topics().trainingPrompts());
    }

    /** Lets the house live and throws an AssertionError if it breaks a promise. */
    static void pass(SimulatedHouse house) {
        new Verdict(house, house.live()).check();
    }

    private void check() {
        readTheLog();
        everyRepetitionIsTheSame();
        windowsNeverOverlap();
        if (run.getState() == RunState.RUN_STATE_FAILED) {
            theFailureIsTrue();
            return;
        }
        assertThat(run.getState()).as(run.getFailure()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
        assertThat(steps).hasSize(schedule.steps());
        everyMemberIsTrainedOnceOrReported();
        everyStepAsksForWhatItNeeds();
        theFirstTrajectoryCounts();
        nothingIsStalerThanAllowed();
        versionsOnlyGrow();
        if (schedule.isFed()) {
            theDatasetIsFedOnce();
        }
        if (schedule.keepsVersions()) {
            theRunFromItsBeginningIsTheSame();
        }
    }

    private void readTheLog() {
        for (Trajectory trajectory : read(house.topics().trajectories().name(), Trajectory.parser())) {
            if (trajectory.getRollout().hasPosition()) {
                first.putIfAbsent(RecordIdentity.of(trajectory.getRollout().getPosition()), trajectory);
            }
        }
        for (ConsumerRecord<byte[], byte[]> record : trainingPrompts()) {
            Prompt prompt = isPrompt(record) ? parse(record, Prompt.parser()) : Prompt.getDefaultInstance();
            if (prompt.getRunId().isEmpty()) {
                candidates.add(place(record));
            } else if (prompt.getRunId().equals(run.getRunId())) {
                candidates.add(place(record));
                fed.put(place(record), prompt.getFeedIndex());
            }
        }
    }

    private void everyRepetitionIsTheSame() {
        for (LearntStep learnt : house.learnt()) {
            LearntStep before = steps.put(learnt.step(), learnt);
            if (before != null) {
                assertThat(learnt).as("step learnt again after a restart").isEqualTo(before);
            }
        }
        assertThat(steps.keySet())
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, steps.size()).boxed().toList());
        assertThat(run.getNotesList()).noneMatch(note -> note.contains("another result"));
    }

    /** A step of which nothing can be learnt ends its run. */
    private void theFailureIsTrue() {
        long step = steps.size() + 1L;
        assertThat(run.getFailure()).contains("step " + step + ": only 0 of");
        Set<RecordIdentity> unreadable = trainingPrompts().stream()
                .filter(record -> !isPrompt(record))
                .map(this::place)
                .collect(Collectors.toSet());
        assertThat(members(step))
                .allMatch(member ->
                        unreadable.contains(member) || trajectory(member).hasError());
    }

    private void windowsNeverOverlap() {
        Map<Integer, Long> admittedUpTo = new HashMap<>();
        for (StepAdmitted admitted : read(house.topics().steps().name(), StepAdmitted.parser())) {
            for (Window window : admitted.getWindowsList()) {
                long before = admittedUpTo.getOrDefault(window.getPartition(), 0L);
                assertThat(window.getFromOffset()).isGreaterThanOrEqualTo(before);
                admittedUpTo.put(window.getPartition(), window.getToOffset());
                members.computeIfAbsent(admitted.getStep(), step -> new TreeSet<>())
                        .addAll(membersOf(window));
            }
        }
    }

    private Set<RecordIdentity> membersOf(Window window) {
        return candidates.stream()
                .filter(place -> place.partition() == window.getPartition()
                        && place.offset() >= window.getFromOffset()
                        && place.offset() < window.getToOffset())
                .collect(Collectors.toSet());
    }

    private void everyMemberIsTrainedOnceOrReported() {
        assertThat(figures).hasSameSizeAs(steps.keySet());
        steps.forEach((step, learnt) -> {
            Map<RecordIdentity, Integer> trained = new TreeMap<>();
            learnt.answers().forEach(answer -> trained.merge(place(answer), 1, Integer::sum));
            assertThat(trained.values()).allMatch(count -> count == schedule.samples());

            Set<RecordIdentity> teaching = answered(step);
            int failed = learnt.members() - teaching.size();
            int leftOut = leavesOut(step) ? equal(step).size() : 0;
            if (leavesOut(step)) {
                teaching.removeAll(equal(step));
            }
            assertThat(trained.keySet()).as("prompts of step " + step).isEqualTo(teaching);
            assertThat(learnt.members()).isEqualTo(members(step).size());
            assertThat(learnt.failed()).isEqualTo(failed);
            assertThat(reported(step, "groups/all")).isEqualTo(learnt.members());
            assertThat(reported(step, "groups/failed")).isEqualTo(failed);
            assertThat(reported(step, "groups/equal")).isEqualTo(leftOut);
        });
    }

    /** As many prompts as the spec says, and others for those that teach nothing, up to the most it allows. */
    private void everyStepAsksForWhatItNeeds() {
        steps.forEach((step, learnt) -> {
            long asked = members(step).stream()
                    .filter(member -> !schedule.isFed() || fed.containsKey(member))
                    .count();
            assertThat(asked).isBetween((long) schedule.promptsPerStep(), (long) schedule.maxPromptsPerStep());
            assertThat(learnt.members())
                    .as("members of step " + step + ", of which " + equal(step) + " teach nothing")
                    .isGreaterThanOrEqualTo(Math.min(
                            schedule.maxPromptsPerStep(),
                            schedule.promptsPerStep()
                                    + (schedule.replacesEqual() ? equal(step).size() : 0)));
        });
    }

    private Set<RecordIdentity> answered(long step) {
        return members(step).stream()
                .filter(member ->
                        first.containsKey(member) && !trajectory(member).hasError())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The answered prompts of a step all of whose answers score the same. */
    private Set<RecordIdentity> equal(long step) {
        Set<RecordIdentity> equal = answered(step);
        equal.removeIf(member -> trajectory(member).getJudgementsList().stream()
                        .map(Judgement::getReward)
                        .distinct()
                        .count()
                > 1);
        return equal;
    }

    private Set<RecordIdentity> members(long step) {
        return members.getOrDefault(step, Set.of());
    }

    private Trajectory trajectory(RecordIdentity prompt) {
        return first.getOrDefault(prompt, Trajectory.getDefaultInstance());
    }

    private boolean leavesOut(long step) {
        return schedule.replacesEqual() && equal(step).size() < answered(step).size();
    }

    private int reported(long step, String figure) {
        return figures.get(Math.toIntExact(step - 1)).getOrDefault(figure, 0.0).intValue();
    }

    private void theFirstTrajectoryCounts() {
        for (LearntStep learnt : steps.values()) {
            Map<RecordIdentity, List<List<Integer>>> answers = new TreeMap<>();
            learnt.answers()
                    .forEach(answer -> answers.computeIfAbsent(place(answer), place -> new ArrayList<>())
                            .add(answer.tokens()));
            answers.forEach((place, tokens) -> assertThat(tokens)
                    .isEqualTo(trajectory(place).getRollout().getSamplesList().stream()
                            .map(Sample::getTokenIdsList)
                            .toList()));
        }
    }

    private void nothingIsStalerThanAllowed() {
        steps.forEach((step, learnt) -> learnt.answers().forEach(answer -> {
            assertThat(answer.versions()).isSorted();
            for (long version : answer.versions()) {
                assertThat(version).as("a token's version").isNotNegative();
                assertThat(step - 1 - version).as("staleness in step " + step).isBetween(0L, (long)
                        schedule.maxStaleness());
            }
        }));
    }

    private void versionsOnlyGrow() {
        List<ModelPublished> published = read(house.topics().models().name(), ModelPublished.parser()).stream()
                .filter(model -> model.getName().equals("policy"))
                .toList();
        // Announced twice where the first answer of the broker was lost.
        List<Long> numbers = published.stream().map(ModelPublished::getVersion).toList();
        assertThat(numbers).isSorted();
        assertThat(published.stream().map(ModelPublished::getStep).distinct().toList())
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(0, schedule.steps()).boxed().toList());
        assertThat(numbers.stream().distinct()).hasSize(schedule.steps() + 1);
    }

    private void theDatasetIsFedOnce() {
        assertThat(fed.values().stream().sorted())
                .containsExactlyElementsOf(
                        LongStream.range(0, fed.size()).boxed().toList());
        Set<RecordIdentity> admitted = new TreeSet<>();
        members.values().forEach(admitted::addAll);
        assertThat(admitted).containsAll(fed.keySet());
    }

    private void theRunFromItsBeginningIsTheSame() {
        int admitted = house.log().records(house.topics().steps().name()).size();
        int published = house.log().records(house.topics().models().name()).size();
        List<LearntStep> again = new ArrayList<>();

        Run replayed = house.replayed(again).run();

        assertThat(replayed.getState()).as(replayed.getFailure()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
        assertThat(again).containsExactlyElementsOf(steps.values());
        assertThat(house.log().records(house.topics().steps().name())).hasSize(admitted);
        assertThat(house.log().records(house.topics().models().name())).hasSize(published);
    }

    private RecordIdentity place(LearntStep.Answer answer) {
        return new RecordIdentity(topicId, answer.partition(), answer.offset());
    }

    private RecordIdentity place(ConsumerRecord<byte[], byte[]> record) {
        return new RecordIdentity(topicId, record.partition(), record.offset());
    }

    private List<ConsumerRecord<byte[], byte[]>> trainingPrompts() {
        return house.log().records(house.topics().trainingPrompts().name());
    }

    private <M extends Message> List<M> read(String topic, Parser<M> parser) {
        return house.log().records(topic).stream()
                .filter(record -> record.value() != null)
                .map(record -> parse(record, parser))
                .toList();
    }

    private static boolean isPrompt(ConsumerRecord<byte[], byte[]> record) {
        Header type = record.headers().lastHeader("content-type");
        return type == null;
    }

    private static <M extends Message> M parse(ConsumerRecord<byte[], byte[]> record, Parser<M> parser) {
        try {
            return parser.parseFrom(record.value());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
