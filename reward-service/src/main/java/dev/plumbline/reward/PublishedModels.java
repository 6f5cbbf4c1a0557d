package dev.plumbline.reward;

import dev.plumbline.exchange.ExchangeUnavailableException;
import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.store.BadModelException;
import dev.plumbline.exchange.store.ModelFetcher;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.reward.judge.ModelSource;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.NotNow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Judges as they were published in the house. */
final class PublishedModels implements ModelSource {

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final HouseView house;
    private final BooleanSupplier caughtUp;
    private final ModelFetcher fetcher;

    PublishedModels(HouseView house, BooleanSupplier caughtUp, ModelFetcher fetcher) {
        this.house = house;
        this.caughtUp = caughtUp;
        this.fetcher = fetcher;
    }

    @Override
    public Path fetch(ModelVersion version) {
        ModelPublished published = house.model(version).orElseThrow(() -> {
            if (!caughtUp.getAsBoolean()) {
                return NotNow.unavailable(
                        "NO_MODEL", "the feed of models has not been read to its end yet: ask again", RETRY_AFTER);
            }
            return CallerFault.notFound(
                    "MODEL_NOT_FOUND",
                    version + " was never published, or was deleted: list what there is with"
                            + " TrainerService.ListModels");
        });
        try {
            return fetcher.fetch(published);
        } catch (BadModelException e) {
            throw CallerFault.failedPrecondition("MODEL_INVALID", version + " is refused: " + e.getMessage());
        } catch (ExchangeUnavailableException e) {
            throw NotNow.unavailable("NO_MODEL", version + " cannot be fetched now: " + e.getMessage(), RETRY_AFTER);
        }
    }

    @Override
    public void close() {
        fetcher.close();
    }
}
