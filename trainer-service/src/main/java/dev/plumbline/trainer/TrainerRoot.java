package dev.plumbline.trainer;

import dev.plumbline.exchange.KafkaSettings;
import dev.plumbline.exchange.TopicSettings;
import dev.plumbline.exchange.Topics;
import dev.plumbline.exchange.store.ModelStore;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.serving.meter.ServingMeters;
import dev.plumbline.serving.server.HostedService;
import dev.plumbline.serving.settings.HouseSettings;
import dev.plumbline.serving.worker.Driver;
import dev.plumbline.trainer.api.TrainerCalls;
import dev.plumbline.trainer.data.source.DataSources;
import dev.plumbline.trainer.data.source.S3Settings;
import dev.plumbline.trainer.data.source.S3Storage;
import dev.plumbline.trainer.house.HouseConnection;
import dev.plumbline.trainer.model.Advertised;
import dev.plumbline.trainer.model.ModelCatalog;
import dev.plumbline.trainer.model.ModelDownload;
import dev.plumbline.trainer.model.Publisher;
import dev.plumbline.trainer.run.RunWorker;
import dev.plumbline.trainer.run.Runs;
import dev.plumbline.trainer.spec.PinnedModels;
import dev.plumbline.trainer.spec.SpecResolver;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** What trainer-service is made of. */
@Singleton
final class TrainerRoot {
    private static final Duration IDLE = Duration.ofMillis(50);

    private final TrainerService service;
    private final TrainerCalls calls;

    TrainerRoot(HouseSettings house, TrainerSettings settings, ServingMeters meters) {
        Clock clock = Clock.systemUTC();
        KafkaSettings kafka = kafka(house);
        ModelStore store = new ModelStore(settings.store());
        ModelCatalog models = new ModelCatalog(store);
        Runs runs = new Runs(settings.runs(), clock);
        new RunMeters(meters.registry(), runs).register();

        ComputeSettings compute = ComputeSettings.cpu(
                house.compute().threads().orElse(Runtime.getRuntime().availableProcessors()));
        Publisher publisher = new Publisher(store, Advertised.parse(settings.advertise()), compute, clock);
        HouseConnection connection =
                new HouseConnection(new Topics(kafka), settings.deployment(), publisher::reconcile);
        DataSources sources = new DataSources(new S3Storage(
                new S3Settings(settings.s3().endpoint(), settings.s3().region())));
        TrainerStages stages = new TrainerStages(
                connection,
                models,
                publisher,
                sources,
                compute,
                () -> PinnedModels.of(runs.open()),
                clock,
                System::nanoTime);
        Driver driver = new Driver(
                "trainer",
                new RunWorker(runs, stages, System::nanoTime),
                IDLE,
                house.liveness().stuckAfter());

        ExecutorService watching = Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, "trainer-watches");
            thread.setDaemon(true);
            return thread;
        });
        this.calls = new TrainerCalls(
                runs,
                new SpecResolver(models, sources, compute, kafka.topics().maxRecordBytes()),
                connection,
                new ModelDownload(models, store),
                driver::wake,
                watching);
        this.service =
                new TrainerService(driver, connection, watching, house.kafka().bootstrapServers());
    }

    @Produces
    @Singleton
    HostedService service() {
        return service;
    }

    @Produces
    @Singleton
    TrainerCalls calls() {
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
}
