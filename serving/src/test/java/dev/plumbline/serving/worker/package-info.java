/** Tests of the package of the same name. */
@NullMarked
package dev.plumbline.serving.worker;

import org.jspecify.annotations.NullMarked;
