/** Tests of the package of the same name. */
@NullMarked
package dev.plumbline.policy.model;

import org.jspecify.annotations.NullMarked;
