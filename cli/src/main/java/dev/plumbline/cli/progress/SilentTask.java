package dev.plumbline.cli.progress;

/** Says nothing. */
final class SilentTask implements Progress.Task {
    @Override
    public void at(long done, long total, String note) {}

    @Override
    public void close() {}
}
