package dev.plumbline.trainer.data;

/** What stands on a line, counted from 1. */
record Numbered<E>(long line, E value) {}
