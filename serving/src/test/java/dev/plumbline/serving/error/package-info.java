/** Tests of the package of the same name. */
@NullMarked
package dev.plumbline.serving.error;

import org.jspecify.annotations.NullMarked;
