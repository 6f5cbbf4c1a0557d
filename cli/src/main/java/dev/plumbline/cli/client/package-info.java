/** Talks to a running house: channels, watching a run, reading the log, errors in words. */
@NullMarked
package dev.plumbline.cli.client;

import org.jspecify.annotations.NullMarked;
