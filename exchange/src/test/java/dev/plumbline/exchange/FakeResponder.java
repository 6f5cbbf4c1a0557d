package dev.plumbline.exchange;

import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.RecordError;
import dev.plumbline.proto.exchange.v1.Rollout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/** Answers prompts as a test says, and remembers what it was asked. */
final class FakeResponder implements Responder<Prompt, Rollout> {

    /** Ids of all offered prompts, in the order of the offers. */
    final List<String> offered = new ArrayList<>();
    /** Replies of accepted prompts that were not used by the script. */
    final Map<String, Reply<Rollout>> held = new LinkedHashMap<>();

    final List<String> acknowledged = new ArrayList<>();
    final List<String> dropped = new ArrayList<>();

    private final BiFunction<Incoming<Prompt>, Reply<Rollout>, Offer> script;

    FakeResponder(BiFunction<Incoming<Prompt>, Reply<Rollout>, Offer> script) {
        this.script = script;
    }

    /** Answers at once. */
    static FakeResponder echo() {
        return new FakeResponder((record, reply) -> {
            reply.answer(rollout(record));
            return Offer.accepted();
        });
    }

    /** Accepts everything, answers nothing by itself. */
    static FakeResponder holding() {
        return new FakeResponder((record, reply) -> Offer.accepted());
    }

    static Rollout rollout(Incoming<Prompt> record) {
        return Rollout.newBuilder()
                .setPrompt(record.message())
                .setPosition(record.origin().identity().toLogPosition())
                .setTopic(record.topic())
                .build();
    }

    @Override
    public Offer offer(Incoming<Prompt> record, Reply<Rollout> reply) {
        String id = record.message().getId();
        offered.add(id);
        Offer offer = script.apply(record, reply);
        if (offer instanceof Offer.Accepted) {
            held.put(id, reply);
        }
        return offer;
    }

    @Override
    public Rollout errorRecord(Origin origin, Optional<Prompt> message, RecordError error) {
        return Rollout.newBuilder()
                .setPrompt(message.orElseGet(
                        () -> Prompt.newBuilder().setId(origin.key()).build()))
                .setPosition(origin.identity().toLogPosition())
                .setTopic(origin.topic())
                .setError(error)
                .build();
    }

    @Override
    public void acknowledged(Incoming<Prompt> record) {
        acknowledged.add(record.message().getId());
    }

    @Override
    public void dropped(Incoming<Prompt> record) {
        dropped.add(record.message().getId());
    }

    /** Answers a prompt that was accepted before. */
    void answer(String id) {
        take(id).answer(Rollout.newBuilder().setPrompt(TestHouse.prompt(id)).build());
    }

    /** The reply of a prompt that was accepted before. */
    Reply<Rollout> take(String id) {
        Reply<Rollout> reply = held.remove(id);
        if (reply == null) {
            throw new AssertionError(id + " is not held, but " + held.keySet());
        }
        return reply;
    }
}
