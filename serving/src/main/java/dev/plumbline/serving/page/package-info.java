/** Lists by pages. */
@NullMarked
package dev.plumbline.serving.page;

import org.jspecify.annotations.NullMarked;
