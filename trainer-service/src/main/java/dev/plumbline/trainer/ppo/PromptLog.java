package dev.plumbline.trainer.ppo;

import dev.plumbline.exchange.Fetched;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.LogReader;
import dev.plumbline.exchange.Malformed;
import dev.plumbline.exchange.MalformedRecordException;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.exchange.Topics;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The training prompts as the run sees them: the records that could be members of its steps, which are its own and those
 * that name no run. Reads on with each poll; holds what is not yet forgotten.
 */
final class PromptLog implements AutoCloseable {
    /** The run's own feed index of a record of other producers. */
    static final long NOT_FED = -1;

    private final String runId;
    private final LogReader<Prompt> reader;
    private final List<TreeMap<Long, Candidate>> candidates = new ArrayList<>();
    /** Those of the candidates that are no prompt at all, and why. */
    private final TreeMap<RecordIdentity, MalformedRecordException> unreadable = new TreeMap<>();
    /** Numbers of the run's own feed that were found. */
    private final BitSet fed = new BitSet();

    /**
     * @param from by partition, the offset to read from; the oldest kept record where it is not there any more
     */
    PromptLog(Topics topics, String runId, Map<Integer, Long> from) {
        this.runId = runId;
        this.reader = new LogReader<>(topics, topics.trainingPrompts());
        Map<Integer, Long> oldest = reader.beginningOffsets();
        for (int partition = 0; partition < reader.partitions(); partition++) {
            candidates.add(new TreeMap<>());
            reader.seek(partition, Math.max(from.getOrDefault(partition, 0L), oldest.getOrDefault(partition, 0L)));
        }
    }

    /**
     * A record that could be a member of a step.
     *
     * @param index number in the run's own feed, or {@link #NOT_FED}
     */
    record Candidate(RecordIdentity identity, long index) {}

    String topicId() {
        return reader.topicId();
    }

    int partitions() {
        return reader.partitions();
    }

    /** Reads what has come; returns how many records that were. */
    int poll(Duration timeout) {
        List<Fetched<Prompt>> fetched = reader.poll(timeout);
        for (Fetched<Prompt> record : fetched) {
            if (record instanceof Incoming<Prompt> incoming) {
                note(incoming.identity(), incoming.message());
            } else if (record instanceof Malformed<Prompt> malformed) {
                // Unreadable, so its producer did not say whose it is.
                note(malformed.identity(), Prompt.getDefaultInstance());
                unreadable.put(malformed.identity(), malformed.cause());
            }
        }
        return fetched.size();
    }

    /** Reads everything that is committed at the time of the call. */
    void readToEnd() {
        Map<Integer, Long> end = reader.endOffsets();
        while (end.entrySet().stream().anyMatch(entry -> reader.position(entry.getKey()) < entry.getValue())) {
            poll(Duration.ofMillis(200));
        }
    }

    /** Whether the run's own prompt with this number was found. */
    boolean hasFed(long index) {
        return fed.get(Math.toIntExact(index));
    }

    /** The first number, from this one on, that was not found. */
    long firstNotFed(long from) {
        return fed.nextClearBit(Math.toIntExact(from));
    }

    /** By partition, one past the last record that is there now. */
    static Map<Integer, Long> end(Topics topics) {
        try (LogReader<Prompt> reader = new LogReader<>(topics, topics.trainingPrompts())) {
            return reader.endOffsets();
        }
    }

    /** Candidates of a partition, by offset. */
    NavigableMap<Long, Candidate> candidates(int partition) {
        return candidates.get(partition);
    }

    /** The members that a window has. */
    List<RecordIdentity> members(Window window) {
        return candidates
                .get(window.getPartition())
                .subMap(window.getFromOffset(), true, window.getToOffset(), false)
                .values()
                .stream()
                .map(Candidate::identity)
                .toList();
    }

    /** Number of a member in the run's own feed, or {@link #NOT_FED}. */
    long index(RecordIdentity member) {
        return Optional.ofNullable(candidates.get(member.partition()).get(member.offset()))
                .map(Candidate::index)
                .orElse(NOT_FED);
    }

    /** Why a record is no prompt at all; empty if it is one. */
    Optional<MalformedRecordException> problem(RecordIdentity record) {
        return Optional.ofNullable(unreadable.get(record));
    }

    /** Drops what lies below the windows of a finished step. */
    void forgetBelow(int partition, long offset) {
        candidates.get(partition).headMap(offset, false).clear();
        unreadable.keySet().removeIf(record -> record.partition() == partition && record.offset() < offset);
    }

    @Override
    public void close() {
        reader.close();
    }

    private void note(RecordIdentity identity, Prompt prompt) {
        if (prompt.getRunId().isEmpty()) {
            candidates.get(identity.partition()).put(identity.offset(), new Candidate(identity, NOT_FED));
        } else if (prompt.getRunId().equals(runId)) {
            fed.set(Math.toIntExact(prompt.getFeedIndex()));
            candidates.get(identity.partition()).put(identity.offset(), new Candidate(identity, prompt.getFeedIndex()));
        }
    }
}
