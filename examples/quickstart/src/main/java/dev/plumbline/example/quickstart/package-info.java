/** The quickstart's small world: animals, questions about them, answers of mixed quality, and a judge of answers. */
@NullMarked
package dev.plumbline.example.quickstart;

import org.jspecify.annotations.NullMarked;
