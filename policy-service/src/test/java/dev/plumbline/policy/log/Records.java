package dev.plumbline.policy.log;

import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.Origin;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.proto.exchange.v1.Prompt;
import java.time.Instant;
import java.util.Map;

/** Records as they would be read from a topic with one partition. */
final class Records {
    static final String TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAAQ";

    private Records() {}

    static Incoming<Prompt> at(long offset, Prompt.Builder prompt) {
        return new Incoming<>(
                prompt.build(),
                new Origin(
                        new RecordIdentity(TOPIC_ID, 0, offset),
                        "plumbline.training-prompts.v1",
                        prompt.getId(),
                        Map.of(),
                        Instant.EPOCH));
    }
}
