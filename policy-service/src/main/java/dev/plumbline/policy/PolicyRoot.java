package dev.plumbline.policy;

import dev.plumbline.exchange.HouseFollower;
import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.KafkaSettings;
import dev.plumbline.exchange.TopicSettings;
import dev.plumbline.exchange.Topics;
import dev.plumbline.exchange.store.ModelFetcher;
import dev.plumbline.lm.generate.EngineSettings;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.policy.call.PolicyCalls;
import dev.plumbline.policy.engine.EngineRoom;
import dev.plumbline.policy.log.LogSide;
import dev.plumbline.policy.model.ModelFollower;
import dev.plumbline.policy.model.ModelLoader;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.policy.request.AnswerMeters;
import dev.plumbline.policy.request.AnswerReader;
import dev.plumbline.serving.client.Channels;
import dev.plumbline.serving.meter.ServingMeters;
import dev.plumbline.serving.server.HostedService;
import dev.plumbline.serving.settings.HouseSettings;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** The composition root: what policy-service is made of. */
@Singleton
final class PolicyRoot {
    private final PolicyHost host;
    private final PolicyCalls calls;

    @Inject
    PolicyRoot(HouseSettings house, PolicySettings settings, ServingMeters meters) {
        Clock clock = Clock.systemUTC();
        LongSupplier nanoTime = System::nanoTime;
        RandomGenerator random = new SecureRandom();
        Duration stuckAfter = house.liveness().stuckAfter();

        Topics topics = new Topics(kafka(house));
        HouseView view = new HouseView();
        HouseFollower feeds = new HouseFollower(topics, view, clock);

        ModelShelf shelf = new ModelShelf();
        EngineRoom room = new EngineRoom(
                shelf,
                settings.queue().requests(),
                settings.queue().tokens(),
                settings.queue().retryAfter());
        ModelFollower follower = new ModelFollower(
                settings.model(),
                settings.loadedModels(),
                view,
                fetcher(house),
                new ModelLoader(engine(house, settings)),
                shelf,
                meters,
                clock);

        AnswerReader reader = new AnswerReader(settings.maxSamples());
        AnswerMeters answers = new AnswerMeters(meters);
        LogSide.Parts parts = new LogSide.Parts(topics, feeds, view, shelf, follower, room, reader, meters, answers);
        Optional<LogSide> log = settings.log().enabled()
                ? Optional.of(new LogSide(parts, settings.log(), stuckAfter, clock, nanoTime, random))
                : Optional.empty();

        host = new PolicyHost(settings.model(), shelf, follower, room, feeds, log, stuckAfter);
        calls = new PolicyCalls(shelf, host::noModel, room, reader, answers, nanoTime, random);
        LoadGauges.register(meters.registry(), room);
    }

    @Produces
    @Singleton
    HostedService host() {
        return host;
    }

    @Produces
    @Singleton
    PolicyCalls calls() {
        return calls;
    }

    private static KafkaSettings kafka(HouseSettings house) {
        Map<String, String> client = new HashMap<>(house.kafka().client());
        client.put("bootstrap.servers", house.kafka().bootstrapServers());
        HouseSettings.Topics topics = house.topics();
        return new KafkaSettings(
                client,
                new TopicSettings(
                        topics.prefix().orElse(""),
                        topics.create(),
                        topics.partitions(),
                        topics.replicationFactor(),
                        topics.maxRecordBytes()));
    }

    private static ModelFetcher fetcher(HouseSettings house) {
        HouseSettings.Models models = house.models();
        Path cache = models.cache().resolve("policy-service");
        return new ModelFetcher(cache, target -> Channels.open(target, models.tls()), models.fetchTimeout());
    }

    private static EngineSettings engine(HouseSettings house, PolicySettings settings) {
        int threads = house.compute().threads().orElse(Runtime.getRuntime().availableProcessors());
        return new EngineSettings(settings.slots(), settings.contextLength(), ComputeSettings.cpu(threads));
    }
}
