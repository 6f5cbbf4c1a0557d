/** Records over Kafka: topics, codecs, the loop that answers records, and the feeds of models, runs and steps. */
@NullMarked
package dev.plumbline.exchange;

import org.jspecify.annotations.NullMarked;
