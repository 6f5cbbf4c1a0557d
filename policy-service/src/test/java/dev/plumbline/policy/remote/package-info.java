@NullMarked
package dev.plumbline.policy.remote;

import org.jspecify.annotations.NullMarked;
