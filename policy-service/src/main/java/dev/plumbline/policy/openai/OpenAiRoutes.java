package dev.plumbline.policy.openai;

import dev.plumbline.serving.http.HttpEdge;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** The paths of OpenAI's API, and if that is wanted vLLM's for new weights, beside health and metrics on the HTTP port. */
@Singleton
final class OpenAiRoutes {
    private final HttpEdge edge;
    private final OpenAiCalls calls;
    private final ReloadCalls reload;

    @Inject
    OpenAiRoutes(HttpEdge edge, OpenAiCalls calls, ReloadCalls reload) {
        this.edge = edge;
        this.calls = calls;
        this.reload = reload;
    }

    void register(@Observes Router router) {
        HttpEdge.Facade facade = edge.facade(router, "/v1", ErrorBody::of);
        facade.serve(HttpMethod.POST, "/completions", calls::completion);
        facade.serve(HttpMethod.POST, "/chat/completions", calls::chat);
        facade.serve(HttpMethod.GET, "/models", calls::models);
        facade.serve(HttpMethod.GET, "/models/:model", calls::model);
        facade.refuseTheRest();
        if (reload.enabled()) {
            HttpEdge.Facade orders = edge.facade(router, "", ErrorBody::of);
            orders.take(HttpMethod.POST, "/pause", reload::pause);
            orders.take(HttpMethod.POST, "/resume", reload::resume);
            orders.take(HttpMethod.POST, "/reset_prefix_cache", reload::resetPrefixCache);
            orders.take(HttpMethod.POST, "/collective_rpc", reload::collectiveRpc);
        }
    }
}
