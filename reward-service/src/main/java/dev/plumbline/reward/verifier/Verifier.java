package dev.plumbline.reward.verifier;

import dev.failsafe.CircuitBreaker;
import dev.failsafe.CircuitBreakerOpenException;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RetryPolicy;
import dev.plumbline.proto.reward.v1.Answer;
import dev.plumbline.proto.reward.v1.Verification;
import dev.plumbline.proto.reward.v1.VerifyRequest;
import dev.plumbline.proto.reward.v1.VerifyResponse;
import dev.plumbline.serving.error.Defect;
import dev.plumbline.serving.error.NotNow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Calls one verifier: answers in batches, all at once, each with a deadline, retries and a circuit breaker. */
public final class Verifier implements AutoCloseable {

    /** A wait differs by up to this share, so that callers do not come back in step. */
    private static final double JITTER = 0.2;

    private final String name;
    private final VerifierTerms terms;
    private final Transport transport;
    private final CircuitBreaker<VerifyResponse> breaker;
    private final FailsafeExecutor<VerifyResponse> calls;

    public Verifier(String name, VerifierTerms terms) {
        this.name = name;
        this.terms = terms;
        this.transport = terms.isGrpc() ? new GrpcTransport(terms) : new HttpTransport(terms);
        this.breaker = CircuitBreaker.<VerifyResponse>builder()
                .handle(VerifierAwayException.class)
                .withFailureThreshold(terms.breaker().failures())
                .withDelay(terms.breaker().openFor())
                .build();
        Duration first = terms.patience().firstRetryAfter();
        RetryPolicy<VerifyResponse> retries = RetryPolicy.<VerifyResponse>builder()
                .handle(VerifierAwayException.class)
                .withMaxRetries(terms.patience().retries())
                .withBackoff(first, first.multipliedBy(1L << (terms.patience().retries() + 1)))
                .withJitter(JITTER)
                .build();
        this.calls = Failsafe.with(retries, breaker);
    }

    /**
     * What the verifier says of the answers, in their order. The future fails with {@link NotNow} where it is away and with
     * a {@link Defect} where it answers what cannot be used.
     */
    public CompletableFuture<List<Verification>> verify(List<Answer> answers) {
        List<CompletableFuture<List<Verification>>> parts = new ArrayList<>();
        for (int from = 0; from < answers.size(); from += terms.answersPerCall()) {
            parts.add(call(answers.subList(from, Math.min(answers.size(), from + terms.answersPerCall()))));
        }
        return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
                .thenApply(done ->
                        parts.stream().flatMap(part -> part.join().stream()).toList());
    }

    private CompletableFuture<List<Verification>> call(List<Answer> answers) {
        VerifyRequest request =
                VerifyRequest.newBuilder().addAllAnswers(answers).build();
        return calls.getStageAsync(() -> transport.verify(request))
                .handle((response, error) -> read(response, error, answers.size()));
    }

    private List<Verification> read(@Nullable VerifyResponse response, @Nullable Throwable error, int answers) {
        if (response == null) {
            throw translated(
                    error instanceof CompletionException && error.getCause() != null ? error.getCause() : error);
        }
        if (response.getVerificationsCount() != answers) {
            throw fault(new VerifierFaultException(
                    "of " + answers + " answers it verified " + response.getVerificationsCount()));
        }
        for (Verification verification : response.getVerificationsList()) {
            if (!Float.isFinite(verification.getValue())) {
                throw fault(new VerifierFaultException("the value " + verification.getValue() + " is not finite"));
            }
        }
        return response.getVerificationsList();
    }

    private RuntimeException translated(@Nullable Throwable error) {
        if (error instanceof VerifierAwayException away) {
            return NotNow.unavailable(
                    "VERIFIER_AWAY",
                    "verifier " + name + " is away: " + away.getMessage(),
                    terms.patience().firstRetryAfter());
        }
        if (error instanceof CircuitBreakerOpenException) {
            return NotNow.unavailable(
                    "VERIFIER_AWAY",
                    "verifier " + name + " has been away " + terms.breaker().failures()
                            + " times in a row and is left alone for a while",
                    breaker.getRemainingDelay());
        }
        return fault(error);
    }

    private Defect fault(@Nullable Throwable error) {
        Throwable cause = error == null ? new VerifierFaultException("it answered nothing") : error;
        return new Defect("verifier " + name + " cannot be used: " + cause.getMessage(), cause);
    }

    @Override
    public void close() {
        transport.close();
    }
}
