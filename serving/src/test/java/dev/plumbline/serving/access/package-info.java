@NullMarked
package dev.plumbline.serving.access;

import org.jspecify.annotations.NullMarked;
