@NullMarked
package dev.plumbline.trainer.data.source;

import org.jspecify.annotations.NullMarked;
