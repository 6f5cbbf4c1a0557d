/** Reads the specs of runs: YAML, checked key by key against the trainer's contract. */
@NullMarked
package dev.plumbline.cli.spec;

import org.jspecify.annotations.NullMarked;
