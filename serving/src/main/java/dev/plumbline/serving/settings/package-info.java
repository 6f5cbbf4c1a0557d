/** Settings every service has, and the checks on all of them at start. */
@NullMarked
package dev.plumbline.serving.settings;

import org.jspecify.annotations.NullMarked;
