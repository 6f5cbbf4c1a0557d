/** Tests of the package of the same name. */
@NullMarked
package dev.plumbline.policy.tool;

import org.jspecify.annotations.NullMarked;
