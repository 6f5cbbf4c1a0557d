package dev.plumbline.policy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.GeneratedToken;
import dev.plumbline.policy.model.ModelLease;
import dev.plumbline.policy.request.AnswerPlan;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keeps what it is told. */
@SuppressWarnings("NullAway.Init") // the job knows its sink and the sink its job
final class Collected implements AnswerSink {
    private final List<List<Integer>> ids = new ArrayList<>();
    private final List<StringBuilder> texts = new ArrayList<>();
    final List<GeneratedSample> samples = new ArrayList<>();
    final Map<Integer, List<ModelVersionSpan>> spans = new HashMap<>();
    AnswerPlan plan;
    AnswerJob job;
    /** What happens at each token, while the step is under way. */
    Runnable meanwhile = () -> {};

    boolean begun;
    boolean finished;
    Optional<ModelVersion> version = Optional.empty();
    Optional<Throwable> failure = Optional.empty();

    /** Submits what is planned, and keeps what comes of it. */
    static Collected submit(EngineRoom room, ModelLease lease, AnswerPlan plan) {
        Collected sink = new Collected();
        sink.plan = plan;
        sink.job = new AnswerJob(lease, plan, sink);
        room.submit(sink.job);
        return sink;
    }

    @Override
    public void begun() {
        begun = true;
    }

    @Override
    public void onToken(int sample, GeneratedToken token, String textDelta) {
        assertOpen();
        assertThat(spans).as("samples that have ended").doesNotContainKey(sample);
        while (ids.size() <= sample) {
            ids.add(new ArrayList<>());
            texts.add(new StringBuilder());
        }
        ids.get(sample).add(token.id());
        texts.get(sample).append(textDelta);
        meanwhile.run();
    }

    @Override
    public void onSample(GeneratedSample sample, List<ModelVersionSpan> versions) {
        assertOpen();
        samples.add(sample);
        assertThat(spans.put(sample.index(), versions))
                .as("sample %d has ended already", sample.index())
                .isNull();
    }

    @Override
    public void finished(ModelVersion version) {
        assertOpen();
        finished = true;
        this.version = Optional.of(version);
    }

    @Override
    public void failed(Throwable error) {
        assertOpen();
        failure = Optional.of(error);
    }

    private void assertOpen() {
        assertThat(finished || failure.isPresent()).as("it has ended").isFalse();
    }

    int[] tokens(int sample) {
        if (sample >= ids.size()) {
            return new int[0];
        }
        return ids.get(sample).stream().mapToInt(Integer::intValue).toArray();
    }

    String text(int sample) {
        return sample < texts.size() ? texts.get(sample).toString() : "";
    }

    GeneratedSample sample(int index) {
        return samples.stream()
                .filter(sample -> sample.index() == index)
                .findFirst()
                .orElseThrow();
    }
}
