package dev.plumbline.serving.access;

/** What a caller may do. */
public enum Role {
    /** Ask: for answers, scores, lists and files. */
    DATA,
    /** Order: what is served and learnt; and ask, since whoever gives orders has to see what comes of them. */
    CONTROL
}
