package dev.plumbline.cli;

import picocli.CommandLine.Option;

/** How a command shows its result. */
final class OutputOptions {
    @Option(names = "--json", description = "Print the result as JSON and no progress.")
    boolean json;

    @Option(names = "--help", usageHelp = true, description = "Show this help.")
    boolean help;
}
