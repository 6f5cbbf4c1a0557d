package dev.plumbline.cli.launch;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * A house to start.
 *
 * @param installation the built services
 * @param directory all that it writes: the broker's log, runs, models, log files
 * @param ports where it listens
 * @param resources what each service may take
 * @param settings more settings, by service and key
 */
public record HousePlan(
        Installation installation,
        Path directory,
        Ports ports,
        Resources resources,
        Map<Service, Map<String, String>> settings) {
    public HousePlan {
        directory = directory.toAbsolutePath().normalize();
        settings = Map.copyOf(settings);
    }

    /** The broker's directory. */
    public Path broker() {
        return directory.resolve("kafka");
    }

    /** Output of a service, or of the broker. */
    public Path log(String name) {
        return directory.resolve("logs").resolve(name + ".log");
    }

    /** What a service is told beside its ports and resources; the plan's own settings go first. */
    Map<String, String> settingsOf(Service service, String bootstrapServers) {
        Map<String, String> all = new TreeMap<>();
        all.put("plumbline.kafka.bootstrap-servers", bootstrapServers);
        all.put("plumbline.models.cache", directory.resolve("cache").toString());
        if (service == Service.TRAINER) {
            all.put("plumbline.trainer.runs", directory.resolve("runs").toString());
            all.put("plumbline.trainer.store", directory.resolve("models").toString());
        }
        all.putAll(settings.getOrDefault(service, Map.of()));
        return all;
    }
}
