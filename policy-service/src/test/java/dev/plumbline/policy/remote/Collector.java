package dev.plumbline.policy.remote;

import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.GeneratedToken;
import dev.plumbline.lm.generate.GenerationListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Keeps what it is told. */
final class Collector implements GenerationListener {
    final List<GeneratedToken> tokens = new ArrayList<>();
    final List<GeneratedSample> samples = new ArrayList<>();
    Optional<Throwable> failure = Optional.empty();

    @Override
    public void onToken(int sample, GeneratedToken token, String textDelta) {
        tokens.add(token);
    }

    @Override
    public void onSample(GeneratedSample sample) {
        samples.add(sample);
    }

    @Override
    public void onFailure(Throwable error) {
        failure = Optional.of(error);
    }

    boolean ended() {
        return !samples.isEmpty() || failure.isPresent();
    }
}
