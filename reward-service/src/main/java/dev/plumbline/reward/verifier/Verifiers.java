package dev.plumbline.reward.verifier;

import dev.plumbline.proto.reward.v1.Answer;
import dev.plumbline.proto.reward.v1.Verification;
import dev.plumbline.serving.error.CallerFault;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** The verifiers that may be called, by the names that rewards use for them. */
public final class Verifiers implements AutoCloseable {

    private final Map<String, Verifier> byName = new TreeMap<>();

    public Verifiers(Map<String, VerifierTerms> terms) {
        terms.forEach((name, each) -> byName.put(name, new Verifier(name, each)));
    }

    /**
     * As {@link Verifier#verify}.
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
        return verifier.verify(answers);
    }

    @Override
    public void close() {
        byName.values().forEach(Verifier::close);
    }
}
