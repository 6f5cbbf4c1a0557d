package dev.plumbline.reward.verifier;

import dev.plumbline.proto.reward.v1.Answer;
import dev.plumbline.proto.reward.v1.Verification;
import dev.plumbline.serving.error.CallerFault;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** The verifiers that may be called, by the names that rewards use for them. */
public final class Verifiers implements AutoCloseable {

    private final Map<String, Verifier> byName = new TreeMap<>();
    private final MeterRegistry meters;

    public Verifiers(Map<String, VerifierTerms> terms, MeterRegistry meters) {
        this.meters = meters;
        terms.forEach((name, each) -> byName.put(name, new Verifier(name, each)));
    }

    /**
     * As {@link Verifier#verify}; {@code plumbline_reward_verifying_seconds{verifier,result}} holds how long it took.
     *
     * @throws CallerFault VERIFIER_NOT_CONFIGURED
     */
    public CompletableFuture<List<Verification>> verify(String name, List<Answer> answers) {
        Verifier verifier = byName.get(name);
        if (verifier == null) {
            throw CallerFault.failedPrecondition(
                    "VERIFIER_NOT_CONFIGURED",
                    "verifier \"" + name + "\" is not set in this reward-service, which knows "
                            + new ArrayList<>(byName.keySet()) + ": set plumbline.reward.verifiers." + name
                            + ".target, or name another");
        }
        Timer.Sample sample = Timer.start();
        return verifier.verify(answers)
                .whenComplete((verifications, error) -> sample.stop(meters.timer(
                        "plumbline.reward.verifying", "verifier", name, "result", error == null ? "ok" : "failed")));
    }

    @Override
    public void close() {
        byName.values().forEach(Verifier::close);
    }
}
