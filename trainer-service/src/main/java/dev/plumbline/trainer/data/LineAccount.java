package dev.plumbline.trainer.data;

/** Counts what became of the lines of data. */
final class LineAccount {
    private final String path;
    private final int maxLength;
    private long lines;
    private long used;
    private long dropped;
    private long cut;
    private long useless;
    private String lacking = "";

    LineAccount(String path, int maxLength) {
        this.path = path;
        this.maxLength = maxLength;
    }

    void line() {
        lines++;
    }

    void used() {
        used++;
    }

    void dropped() {
        dropped++;
    }

    void cut() {
        cut++;
    }

    /** @param lacks what the example would need to teach anything */
    void useless(String lacks) {
        useless++;
        lacking = lacks;
    }

    long lines() {
        return lines;
    }

    boolean nothingUsed() {
        return used == 0;
    }

    @Override
    public String toString() {
        StringBuilder note = new StringBuilder(path + ": " + lines + " lines read, " + used + " used");
        add(note, cut, "cut on the left to " + maxLength + " tokens");
        add(note, dropped, "left out as longer than " + maxLength + " tokens");
        add(note, useless, "left out for want of " + lacking);
        return note.toString();
    }

    private static void add(StringBuilder note, long count, String what) {
        if (count > 0) {
            note.append(", ").append(count).append(' ').append(what);
        }
    }
}
