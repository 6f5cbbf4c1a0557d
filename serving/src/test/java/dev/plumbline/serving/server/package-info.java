/** Tests of the package of the same name. */
@NullMarked
package dev.plumbline.serving.server;

import org.jspecify.annotations.NullMarked;
