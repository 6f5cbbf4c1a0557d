/** A Kafka broker inside this JVM, for the launcher and for tests. */
@NullMarked
package dev.plumbline.exchange.broker;

import org.jspecify.annotations.NullMarked;
