package dev.plumbline.serving.worker;

/** Something that works a little each time it is polled; confined to the thread of its {@link Driver}. */
@FunctionalInterface
public interface Worker {
    /** Does what there is to do without waiting long, and returns how much that was; 0 = idle. */
    int poll();

    /** Called once by the same thread when it stops, whether asked to or by an error. */
    default void finish() {}
}
