package dev.plumbline.exchange;

import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RetriableException;

/** Questions to the broker that it may not answer now. */
final class Asking {

    private Asking() {}

    /**
     * The answer.
     *
     * @param what what cannot be done without it, as in "the feeds cannot be read"
     * @throws ExchangeUnavailableException if the broker does not answer, or not to us: rights may be granted later
     */
    static <T> T broker(String what, Supplier<T> question) {
        try {
            return question.get();
        } catch (RetriableException | AuthenticationException | AuthorizationException e) {
            throw unavailable(what, e);
        }
    }

    static ExchangeUnavailableException unavailable(String what, KafkaException cause) {
        return new ExchangeUnavailableException(what + ": " + cause.getMessage(), cause);
    }
}
