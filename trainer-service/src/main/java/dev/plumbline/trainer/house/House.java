package dev.plumbline.trainer.house;

import dev.plumbline.exchange.FeedReader;
import dev.plumbline.exchange.FeedWriter;
import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.LogWriter;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.Topics;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import java.util.List;

/**
 * The feeds, taken over from an older trainer of the deployment and read back; what is published from then on is in the
 * view as well. For the worker's thread.
 */
public final class House implements AutoCloseable {
    private final Topics topics;
    private final HouseView view;
    private final FeedWriter feeds;
    private final LogWriter prompts;

    private House(Topics topics, HouseView view, FeedWriter feeds, LogWriter prompts) {
        this.topics = topics;
        this.view = view;
        this.feeds = feeds;
        this.prompts = prompts;
    }

    /**
     * Takes over. Throws ExchangeUnavailableException if the broker does not answer, TopicProblemsException if its topics
     * are not as they have to be.
     */
    static House open(Topics topics, String deployment, HouseView view) {
        topics.ensure();
        FeedWriter feeds = new FeedWriter(topics, deployment);
        try {
            try (FeedReader reader = new FeedReader(topics, view.feeds(topics))) {
                reader.readToEnd();
            }
            return new House(topics, view, feeds, new LogWriter(topics));
        } catch (RuntimeException e) {
            feeds.close();
            throw e;
        }
    }

    public Topics topics() {
        return topics;
    }

    /** What the feeds say. */
    public HouseView view() {
        return view;
    }

    /** Where prompts are written. */
    public LogWriter prompts() {
        return prompts;
    }

    public void publish(ModelPublished model) {
        feeds.publish(model);
        view.apply(model);
    }

    public void publish(RunContract run) {
        feeds.publish(run);
        view.apply(run);
    }

    public void publish(StepAdmitted step) {
        feeds.publish(step);
        view.apply(step);
    }

    public void deleteModels(List<ModelVersion> models) {
        feeds.deleteModels(models);
        models.forEach(view::forget);
    }

    @Override
    public void close() {
        prompts.close();
        feeds.close();
    }
}
