package dev.plumbline.cli;

/** What the process ends with. */
final class ExitCode {
    /** Done. */
    static final int OK = 0;
    /** It was tried and failed: a run that failed, a file that cannot be read. */
    static final int FAILED = 1;
    /** The command line or a spec is wrong; nothing was tried. */
    static final int USAGE = 2;
    /** Nobody answers at the address. */
    static final int UNAVAILABLE = 3;

    private ExitCode() {}
}
