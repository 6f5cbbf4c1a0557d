package dev.plumbline.policy.engine;

import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.policy.request.AnswerMeters;
import dev.plumbline.policy.request.AnswerReader;

/**
 * What answers prompts, whoever asks.
 *
 * @param shelf the versions that can
 * @param reader checks what is asked
 * @param room does it
 * @param meters measure it
 */
public record Answering(ModelShelf shelf, AnswerReader reader, EngineRoom room, AnswerMeters meters) {}
