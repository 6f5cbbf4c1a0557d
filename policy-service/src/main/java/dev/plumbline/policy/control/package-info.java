/** Orders from operators: what is served, and whether anything is generated. */
@NullMarked
package dev.plumbline.policy.control;

import org.jspecify.annotations.NullMarked;
