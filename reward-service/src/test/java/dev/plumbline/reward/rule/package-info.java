@NullMarked
package dev.plumbline.reward.rule;

import org.jspecify.annotations.NullMarked;
