/** Shows how long work goes: a bar for people, lines for files, nothing for machines. */
@NullMarked
package dev.plumbline.cli.progress;

import org.jspecify.annotations.NullMarked;
