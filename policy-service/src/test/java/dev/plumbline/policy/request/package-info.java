/** Tests of the package of the same name. */
@NullMarked
package dev.plumbline.policy.request;

import org.jspecify.annotations.NullMarked;
