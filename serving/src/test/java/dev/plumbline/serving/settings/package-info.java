/** Tests of the package of the same name. */
@NullMarked
package dev.plumbline.serving.settings;

import org.jspecify.annotations.NullMarked;
