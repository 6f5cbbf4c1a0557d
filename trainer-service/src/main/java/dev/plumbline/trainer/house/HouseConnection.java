package dev.plumbline.trainer.house;

import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.Topics;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Opens the house when it is first needed, so that the process starts without a broker. */
public final class HouseConnection implements AutoCloseable {
    private final Topics topics;
    private final String deployment;
    private final Consumer<House> whenOpened;
    private final HouseView view = new HouseView();
    private volatile @Nullable House house;

    /**
     * @param deployment the same for every trainer that continues the same runs
     * @param whenOpened brings feeds and disk in step before anything else is done
     */
    public HouseConnection(Topics topics, String deployment, Consumer<House> whenOpened) {
        this.topics = topics;
        this.deployment = deployment;
        this.whenOpened = whenOpened;
    }

    /** The house. Throws ExchangeUnavailableException while the broker does not answer. For the worker's thread. */
    public House house() {
        House open = house;
        if (open == null) {
            open = House.open(topics, deployment, view);
            try {
                whenOpened.accept(open);
            } catch (RuntimeException e) {
                open.close();
                throw e;
            }
            house = open;
        }
        return open;
    }

    /** Whether the feeds have been read back. From any thread. */
    public boolean open() {
        return house != null;
    }

    /** What the feeds say; empty until they have been read back. From any thread. */
    public HouseView view() {
        return view;
    }

    @Override
    public void close() {
        House open = house;
        if (open != null) {
            open.close();
        }
    }
}
