/** Answers of the log, judged anew. */
@NullMarked
package dev.plumbline.cli.rescore;

import org.jspecify.annotations.NullMarked;
