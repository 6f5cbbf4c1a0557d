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
import dev.plumbline.policy.control.PolicyControlGrpcService;
import dev.plumbline.policy.control.PolicyOrders;
import dev.plumbline.policy.engine.Answering;
import dev.plumbline.policy.engine.EngineRoom;
import dev.plumbline.policy.engine.Releases;
import dev.plumbline.policy.engine.Succession;
import dev.plumbline.policy.log.LogSide;
import dev.plumbline.policy.model.EngineSource;
import dev.plumbline.policy.model.KeyValueBudget;
import dev.plumbline.policy.model.LocalEngines;
import dev.plumbline.policy.model.ModelFollower;
import dev.plumbline.policy.model.ModelLoader;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.policy.openai.OpenAiCalls;
import dev.plumbline.policy.openai.ReloadCalls;
import dev.plumbline.policy.remote.RemoteEngines;
import dev.plumbline.policy.remote.RemoteTerms;
import dev.plumbline.policy.request.AnswerMeters;
import dev.plumbline.policy.request.AnswerReader;
import dev.plumbline.policy.request.Surroundings;
import dev.plumbline.serving.client.Channels;
import dev.plumbline.serving.meter.ServingMeters;
import dev.plumbline.serving.server.ControlDesk;
import dev.plumbline.serving.server.HostedService;
import dev.plumbline.serving.settings.HouseSettings;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The composition root: what policy-service is made of. */
@Singleton
final class PolicyRoot {
    private final PolicyHost host;
    private final PolicyCalls calls;
    private final OpenAiCalls openAi;
    private final ReloadCalls reload;

    @Inject
    PolicyRoot(HouseSettings house, PolicySettings settings, ServingMeters meters) {
        // SecureRandom, since calls draw their seeds on several threads at once.
        Surroundings surroundings = new Surroundings(Clock.systemUTC(), System::nanoTime, new SecureRandom());

        Topics topics = new Topics(kafka(house));
        HouseView view = new HouseView();
        HouseFollower feeds = new HouseFollower(topics, view, surroundings.clock());

        ModelShelf shelf = new ModelShelf();
        PolicySettings.Queue queue = settings.queue();
        EngineRoom.Limits limits = new EngineRoom.Limits(
                queue.requests(),
                queue.tokens(),
                queue.retryAfter(),
                settings.log().share());
        EngineRoom room = new EngineRoom(
                shelf,
                limits,
                new Succession(shelf, settings.swap(), meters, surroundings.nanoTime()),
                new Releases(meters.registry()),
                surroundings.clock());
        EngineSource engines = engines(house, settings, room, surroundings);
        ModelFollower follower = new ModelFollower(
                new ModelFollower.Target(settings.model(), settings.loadedModels()),
                view,
                new ModelFollower.Supply(fetcher(house), new ModelLoader(engines), meters, surroundings.clock()),
                shelf);

        Answering answering =
                new Answering(shelf, new AnswerReader(settings.maxSamples()), room, new AnswerMeters(meters));
        Optional<LogSide> log = settings.log().enabled()
                ? Optional.of(new LogSide(
                        new LogSide.Feeds(topics, feeds, view), answering, follower, settings.log(), surroundings))
                : Optional.empty();

        PolicyOrders orders = new PolicyOrders(view, shelf, follower, room, meters);
        ControlDesk desk = new ControlDesk(
                settings.control().host(), settings.control().port(), List.of(new PolicyControlGrpcService(orders)));

        host = new PolicyHost(answering, follower, new PolicyHost.Sides(feeds, log, desk), patience(house, settings));
        calls = new PolicyCalls(answering, host::noModel, surroundings);
        openAi = new OpenAiCalls(
                calls, shelf, settings.model(), queue.requests(), settings.toolForm(), surroundings.clock());
        reload = new ReloadCalls(orders, settings.reloadApi());
        LoadGauges.register(meters, room, engines);
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

    @Produces
    @Singleton
    OpenAiCalls openAi() {
        return openAi;
    }

    @Produces
    @Singleton
    ReloadCalls reload() {
        return reload;
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
        Path cache = models.cache().resolve("policy-service");
        return new ModelFetcher(
                cache, target -> Channels.open(target, models.tls(), models.token()), models.fetchTimeout());
    }

    /** A version is fetched, and another server's weights change after what runs there has ended. */
    private static PolicyHost.Patience patience(HouseSettings house, PolicySettings settings) {
        Duration update =
                settings.remote().url().isPresent() ? settings.remote().updateTimeout() : Duration.ZERO;
        return new PolicyHost.Patience(
                house.liveness().stuckAfter(), house.models().fetchTimeout().plus(update.multipliedBy(2)));
    }

    private static EngineSource engines(
            HouseSettings house, PolicySettings settings, EngineRoom room, Surroundings surroundings) {
        Optional<RemoteEngines> remote = RemoteEngines.of(
                settings.remote(),
                new RemoteTerms.Capacity(settings.slots(), settings.contextLength()),
                new RemoteEngines.Clockwork(room::wake, surroundings.nanoTime()));
        return remote.<EngineSource>map(engines -> engines)
                .orElseGet(() -> new LocalEngines(engine(house, settings), budget(settings)));
    }

    private static KeyValueBudget budget(PolicySettings settings) {
        return new KeyValueBudget(
                settings.cacheSize().asLongValue(), settings.prefixCacheSize().asLongValue(), settings.loadedModels());
    }

    private static EngineSettings engine(HouseSettings house, PolicySettings settings) {
        int all = settings.deterministic() ? 1 : Runtime.getRuntime().availableProcessors();
        int threads = house.compute().threads().orElse(all);
        return new EngineSettings(
                settings.slots(),
                settings.contextLength(),
                0,
                0,
                settings.prefillTokens(),
                settings.precision(),
                settings.cachePrecision(),
                settings.deterministic(),
                ComputeSettings.cpu(threads));
    }
}
