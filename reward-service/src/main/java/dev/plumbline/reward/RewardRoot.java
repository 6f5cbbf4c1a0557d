package dev.plumbline.reward;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.plumbline.exchange.HouseFollower;
import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.KafkaSettings;
import dev.plumbline.exchange.TopicSettings;
import dev.plumbline.exchange.Topics;
import dev.plumbline.exchange.store.ModelFetcher;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.reward.judge.JudgeEngine;
import dev.plumbline.reward.judge.Reward;
import dev.plumbline.reward.verifier.VerifierTerms;
import dev.plumbline.reward.verifier.Verifiers;
import dev.plumbline.serving.client.Channels;
import dev.plumbline.serving.meter.ServingMeters;
import dev.plumbline.serving.settings.HouseSettings;
import io.micrometer.core.instrument.FunctionCounter;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What reward-service is made of. */
@Singleton
final class RewardRoot {

    /** A budget that no answer shares: what is longer is computed alone, in a shape that is its own. */
    private static final int ONE_ANSWER = 1;

    private final RewardService service;
    private final ScoreCalls calls;

    RewardRoot(HouseSettings house, RewardSettings settings, ServingMeters meters) {
        InstantSource clock = InstantSource.system();
        Topics topics = new Topics(kafka(house));
        HouseView view = new HouseView();
        HouseFollower follower = new HouseFollower(topics, view, clock);

        Map<String, VerifierTerms> verifiers = verifiers(settings);
        JudgeEngine engine = new JudgeEngine(
                new PublishedModels(view, follower::caughtUp, fetcher(house)),
                new Verifiers(verifiers, meters.registry()),
                ComputeSettings.cpu(threads(house, settings)),
                new JudgeEngine.Limits(
                        settings.queuedAnswers(),
                        settings.deterministic() ? ONE_ANSWER : settings.tokenBudget(),
                        settings.loadedJudges(),
                        settings.knownBytes()),
                meters.registry());

        Optional<Reward> defaultReward = settings.defaultJudges().map(RewardRoot::reward);
        defaultReward.ifPresent(reward -> requireSet(reward.verifiers(), verifiers.keySet()));
        RolloutJudging judging = new RolloutJudging(view, engine, defaultReward.map(Judging::of), clock);
        RolloutIntake intake = new RolloutIntake(topics, follower, judging, meters, clock);

        this.calls = new ScoreCalls(engine, defaultReward);
        this.service = new RewardService(
                engine,
                meters.registry().timer("plumbline.reward.judging"),
                intake,
                house.liveness().stuckAfter());

        measure(engine, meters);
    }

    /** Threads divide work by rules of their own, so one does all of what has to be the same again. */
    private static int threads(HouseSettings house, RewardSettings settings) {
        if (!settings.deterministic()) {
            return house.compute().threads().orElse(Runtime.getRuntime().availableProcessors());
        }
        int threads = house.compute().threads().orElse(1);
        if (threads != 1) {
            throw new IllegalArgumentException("plumbline.compute.threads must be 1 or unset if"
                    + " plumbline.reward.deterministic is true, got " + threads);
        }
        return threads;
    }

    private static void measure(JudgeEngine engine, ServingMeters meters) {
        meters.gauge("plumbline.reward.queued", "answers that wait", engine, JudgeEngine::queuedAnswers);
        meters.gauge(
                "plumbline.reward.unverified", "answers that a verifier has", engine, JudgeEngine::unverifiedAnswers);
        FunctionCounter.builder("plumbline.reward.sequences", engine, JudgeEngine::knownSequences)
                .tag("result", "known")
                .register(meters.registry());
        FunctionCounter.builder("plumbline.reward.sequences", engine, JudgeEngine::computedSequences)
                .tag("result", "computed")
                .register(meters.registry());
        meters.gauge(
                "plumbline.reward.known.bytes",
                "memory of verdicts that are remembered",
                engine,
                JudgeEngine::knownBytes);
    }

    @Produces
    @Singleton
    RewardService service() {
        return service;
    }

    @Produces
    @Singleton
    ScoreCalls calls() {
        return calls;
    }

    private static KafkaSettings kafka(HouseSettings house) {
        HouseSettings.Topics topics = house.topics();
        return KafkaSettings.of(
                house.kafka().bootstrapServers(),
                house.kafka().client(),
                new TopicSettings(
                        topics.prefix().orElse(""),
                        topics.create(),
                        topics.partitions(),
                        topics.replicationFactor(),
                        topics.maxRecordBytes()));
    }

    private static ModelFetcher fetcher(HouseSettings house) {
        HouseSettings.Models models = house.models();
        Path cache = models.cache().resolve(RewardService.NAME);
        return new ModelFetcher(
                cache, target -> Channels.open(target, models.tls(), models.token()), models.fetchTimeout());
    }

    private static void requireSet(Set<String> wanted, Set<String> known) {
        if (!known.containsAll(wanted)) {
            throw new IllegalArgumentException("plumbline.reward.default-judges names the verifiers " + wanted
                    + ", plumbline.reward.verifiers has " + known + ": set each one's target");
        }
    }

    /** All problems at once. */
    private static Map<String, VerifierTerms> verifiers(RewardSettings settings) {
        Map<String, VerifierTerms> terms = new TreeMap<>();
        List<String> problems = new ArrayList<>();
        settings.verifiers().forEach((name, verifier) -> {
            try {
                terms.put(name, verifier.terms());
            } catch (IllegalArgumentException e) {
                problems.add("plumbline.reward.verifiers." + name + ": " + e.getMessage());
            }
        });
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        return terms;
    }

    private static Reward reward(String json) {
        RewardSpec.Builder spec = RewardSpec.newBuilder();
        try {
            JsonFormat.parser().merge(json, spec);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(
                    "plumbline.reward.default-judges must be a RewardSpec as JSON, such as"
                            + " {\"components\":[{\"name\":\"rm\",\"model\":{\"model\":\"reward@3\"}}]}: "
                            + e.getMessage(),
                    e);
        }
        return Reward.of(spec.build(), "plumbline.reward.default-judges");
    }
}
