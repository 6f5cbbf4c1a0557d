/** The meters every service has, named in one place. */
@NullMarked
package dev.plumbline.serving.meter;

import org.jspecify.annotations.NullMarked;
