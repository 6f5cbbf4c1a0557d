/** Tools that a model asks for, found in the text that it writes. */
@NullMarked
package dev.plumbline.policy.tool;

import org.jspecify.annotations.NullMarked;
