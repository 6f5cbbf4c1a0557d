package dev.plumbline.example.quickstart;

import java.util.List;

/** A template asked about an animal. */
record Question(Template template, String animal) {
    String text() {
        return template.pattern().replace("{animal}", animal);
    }

    List<Attribute> asked() {
        return template.asked();
    }
}
