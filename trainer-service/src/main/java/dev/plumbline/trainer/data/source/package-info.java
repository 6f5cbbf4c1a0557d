/** Where data comes from: files and their lines, on disk or in object storage, compressed or not. */
@NullMarked
package dev.plumbline.trainer.data.source;

import org.jspecify.annotations.NullMarked;
