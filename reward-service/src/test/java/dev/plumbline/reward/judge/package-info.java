@NullMarked
package dev.plumbline.reward.judge;

import org.jspecify.annotations.NullMarked;
