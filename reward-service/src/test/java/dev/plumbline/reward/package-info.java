@NullMarked
package dev.plumbline.reward;

import org.jspecify.annotations.NullMarked;
