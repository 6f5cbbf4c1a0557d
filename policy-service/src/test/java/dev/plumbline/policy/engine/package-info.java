/** Tests of the package of the same name. */
@NullMarked
package dev.plumbline.policy.engine;

import org.jspecify.annotations.NullMarked;
