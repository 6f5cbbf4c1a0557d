package dev.plumbline.lm.text;

/**
 * A tool that the assistant asks for.
 *
 * @param id what the tool's answer refers to; empty for none
 * @param name the tool's
 * @param argumentsJson the arguments by their names, as the text of a JSON object, so that numbers keep their types
 */
public record ToolCall(String id, String name, String argumentsJson) {}
