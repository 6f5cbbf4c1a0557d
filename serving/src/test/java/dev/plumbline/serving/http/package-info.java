/** Tests of the package of the same name. */
@NullMarked
package dev.plumbline.serving.http;

import org.jspecify.annotations.NullMarked;
