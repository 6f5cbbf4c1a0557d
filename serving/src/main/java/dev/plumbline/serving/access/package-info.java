/** Who may call: bearer tokens and the roles that they give. */
@NullMarked
package dev.plumbline.serving.access;

import org.jspecify.annotations.NullMarked;
