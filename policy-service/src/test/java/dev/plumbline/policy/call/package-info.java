/** Tests of the package of the same name. */
@NullMarked
package dev.plumbline.policy.call;

import org.jspecify.annotations.NullMarked;
