/** Tests of the package of the same name. */
@NullMarked
package dev.plumbline.policy.openai;

import org.jspecify.annotations.NullMarked;
