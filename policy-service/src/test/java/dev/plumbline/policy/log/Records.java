package dev.plumbline.policy.log;

import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.Origin;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.policy.engine.Answering;
import dev.plumbline.policy.engine.EngineRoom;
import dev.plumbline.policy.engine.TestRoom;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.policy.request.AnswerMeters;
import dev.plumbline.policy.request.AnswerReader;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.serving.meter.ServingMeters;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;

/** Records as they would be read from a topic with one partition. */
final class Records {
    static final String TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAAQ";

    private Records() {}

    /** What answers from a shelf; nobody polls its engine room. */
    static Answering answering(ModelShelf shelf, ServingMeters meters) {
        return new Answering(
                shelf,
                new AnswerReader(64),
                TestRoom.of(shelf, new EngineRoom.Limits(8, 1000, Duration.ofSeconds(1), 0.5), InstantSource.system()),
                new AnswerMeters(meters));
    }

    static Incoming<Prompt> at(long offset, Prompt.Builder prompt) {
        return at(offset, prompt, Map.of());
    }

    static Incoming<Prompt> at(long offset, Prompt.Builder prompt, Map<String, String> headers) {
        return new Incoming<>(
                prompt.build(),
                new Origin(
                        new RecordIdentity(TOPIC_ID, 0, offset),
                        "plumbline.training-prompts.v1",
                        prompt.getId(),
                        headers,
                        Instant.EPOCH));
    }
}
