/** What is asked for: prompts, sampling and stopping, read and checked once for all callers. */
@NullMarked
package dev.plumbline.policy.request;

import org.jspecify.annotations.NullMarked;
