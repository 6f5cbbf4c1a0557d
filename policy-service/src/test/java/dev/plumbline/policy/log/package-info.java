/** Tests of the package of the same name. */
@NullMarked
package dev.plumbline.policy.log;

import org.jspecify.annotations.NullMarked;
