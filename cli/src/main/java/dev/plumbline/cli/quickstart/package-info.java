/** The quickstart's story: a model is made, taught, judged and improved on this machine, and the outcome measured. */
@NullMarked
package dev.plumbline.cli.quickstart;

import org.jspecify.annotations.NullMarked;
