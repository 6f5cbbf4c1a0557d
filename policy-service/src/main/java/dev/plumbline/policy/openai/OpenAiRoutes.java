package dev.plumbline.policy.openai;

import dev.plumbline.serving.http.HttpEdge;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** The paths of OpenAI's API, beside health and metrics on the HTTP port. */
@Singleton
final class OpenAiRoutes {
    private final HttpEdge edge;
    private final OpenAiCalls calls;

    @Inject
    OpenAiRoutes(HttpEdge edge, OpenAiCalls calls) {
        this.edge = edge;
        this.calls = calls;
    }

    void register(@Observes Router router) {
        HttpEdge.Facade facade = edge.facade(router, "/v1", ErrorBody::of);
        facade.serve(HttpMethod.POST, "/completions", calls::completion);
        facade.serve(HttpMethod.POST, "/chat/completions", calls::chat);
        facade.serve(HttpMethod.GET, "/models", calls::models);
        facade.serve(HttpMethod.GET, "/models/:model", calls::model);
        facade.refuseTheRest();
    }
}
