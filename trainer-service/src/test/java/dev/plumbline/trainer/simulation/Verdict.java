package dev.plumbline.trainer.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.plumbline.exchange.RecordIdentity;
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
    private final String topicId;
    /** By step, the identities of its members. */
    private final Map<Long, Set<RecordIdentity>> members = new TreeMap<>();
    /** By step, how it was learnt the last time. */
    private final Map<Long, LearntStep> steps = new TreeMap<>();

    private Verdict(SimulatedHouse house, Run run) {
        this.house = house;
        this.schedule = house.schedule();
        this.run = run;
        topicId = house.topics().topicId(house.topics().trainingPrompts());
    }

    /** Lets the house live and throws an AssertionError if it breaks a promise. */
    static void pass(SimulatedHouse house) {
        new Verdict(house, house.live().run()).check();
    }

    private void check() {
        everyRepetitionIsTheSame();
        windowsNeverOverlap();
        if (run.getState() == RunState.RUN_STATE_FAILED) {
            theFailureIsTrue();
            return;
        }
        assertThat(run.getState()).as(run.getFailure()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
        assertThat(steps).hasSize(schedule.steps());
        everyMemberIsTrainedOnceOrReportedAsFailed();
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
        Map<RecordIdentity, Trajectory> first = firstTrajectories();
        Set<RecordIdentity> unreadable = house
                .log()
                .records(house.topics().trainingPrompts().name())
                .stream()
                .filter(record -> !isPrompt(record))
                .map(record -> new RecordIdentity(topicId, record.partition(), record.offset()))
                .collect(Collectors.toSet());
        assertThat(members.get(step))
                .allMatch(member -> unreadable.contains(member)
                        || first.getOrDefault(member, Trajectory.getDefaultInstance())
                                .hasError());
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
        return house.log().records(house.topics().trainingPrompts().name()).stream()
                .filter(record -> record.partition() == window.getPartition()
                        && record.offset() >= window.getFromOffset()
                        && record.offset() < window.getToOffset())
                .filter(record -> {
                    String runId =
                            isPrompt(record) ? parse(record, Prompt.parser()).getRunId() : "";
                    return runId.isEmpty() || runId.equals(run.getRunId());
                })
                .map(record -> new RecordIdentity(topicId, record.partition(), record.offset()))
                .collect(Collectors.toSet());
    }

    private void everyMemberIsTrainedOnceOrReportedAsFailed() {
        steps.forEach((step, learnt) -> {
            Map<RecordIdentity, Integer> trained = new TreeMap<>();
            learnt.answers().forEach(answer -> trained.merge(place(answer), 1, Integer::sum));
            assertThat(trained.values()).allMatch(count -> count == schedule.samples());
            assertThat(members.get(step)).containsAll(trained.keySet()).hasSize(learnt.members());
            assertThat(trained.size() + learnt.failed()).isEqualTo(learnt.members());
        });
    }

    private Map<RecordIdentity, Trajectory> firstTrajectories() {
        Map<RecordIdentity, Trajectory> first = new HashMap<>();
        for (Trajectory trajectory : read(house.topics().trajectories().name(), Trajectory.parser())) {
            if (trajectory.getRollout().hasPosition()) {
                first.putIfAbsent(RecordIdentity.of(trajectory.getRollout().getPosition()), trajectory);
            }
        }
        return first;
    }

    private void theFirstTrajectoryCounts() {
        Map<RecordIdentity, Trajectory> first = firstTrajectories();
        for (LearntStep learnt : steps.values()) {
            Map<RecordIdentity, List<List<Integer>>> answers = new TreeMap<>();
            learnt.answers()
                    .forEach(answer -> answers.computeIfAbsent(place(answer), place -> new ArrayList<>())
                            .add(answer.tokens()));
            answers.forEach((place, tokens) -> assertThat(tokens)
                    .isEqualTo(
                            first
                                    .getOrDefault(place, Trajectory.getDefaultInstance())
                                    .getRollout()
                                    .getSamplesList()
                                    .stream()
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
        List<Long> indices = house
                .log()
                .records(house.topics().trainingPrompts().name())
                .stream()
                .filter(Verdict::isPrompt)
                .map(record -> parse(record, Prompt.parser()))
                .filter(prompt -> prompt.getRunId().equals(run.getRunId()))
                .map(Prompt::getFeedIndex)
                .sorted()
                .toList();
        assertThat(indices)
                .containsExactlyElementsOf(LongStream.range(0, (long) schedule.steps() * schedule.promptsPerStep())
                        .boxed()
                        .toList());
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
