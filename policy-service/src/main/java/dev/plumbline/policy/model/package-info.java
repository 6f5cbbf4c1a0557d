/** Model versions: found in the feed, loaded, served, and let go when nobody uses them any more. */
@NullMarked
package dev.plumbline.policy.model;

import org.jspecify.annotations.NullMarked;
