/** What every façade over HTTP does the same way: counted and drained calls, errors, server-sent events with back-pressure. */
@NullMarked
package dev.plumbline.serving.http;

import org.jspecify.annotations.NullMarked;
