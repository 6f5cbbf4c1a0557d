/** Starts the house on one host: a broker in this process, the services as child processes that end with it. */
@NullMarked
package dev.plumbline.cli.launch;

import org.jspecify.annotations.NullMarked;
