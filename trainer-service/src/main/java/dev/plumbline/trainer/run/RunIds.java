package dev.plumbline.trainer.run;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.function.Predicate;

/** Run ids are name and time, so that people can tell runs apart: "chat-20260131-174502". */
final class RunIds {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    private RunIds() {}

    static String make(String name, Instant time, Predicate<String> taken) {
        String id = name + "-" + TIME.format(time);
        String unique = id;
        for (int i = 2; taken.test(unique); i++) {
            unique = id + "-" + i;
        }
        return unique;
    }
}
