/** The {@code plumbline} command: its subcommands, their options, output and errors. */
@NullMarked
package dev.plumbline.cli;

import org.jspecify.annotations.NullMarked;
