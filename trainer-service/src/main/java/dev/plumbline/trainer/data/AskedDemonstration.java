package dev.plumbline.trainer.data;

/** A demonstration whose prompt is also to be answered by what is learnt. */
public record AskedDemonstration(Question question, String completion) {}
