package dev.plumbline.policy.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.policy.control.PolicyOrders;
import dev.plumbline.policy.request.Problems;
import dev.plumbline.proto.policy.v1.LoadModelRequest;
import dev.plumbline.proto.policy.v1.PauseGenerationRequest;
import dev.plumbline.proto.policy.v1.PauseMode;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.http.HttpCall;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The calls by which vLLM's development mode has its weights changed, carried out as orders: whoever drives an engine on
 * another server drives this one so. {@code weights_path} tells which version is wanted by its last two names, as the house's
 * stores and caches lay versions out; that version comes from where it was published, and no path of a caller is opened.
 */
public final class ReloadCalls {
    private static final String PATH = "weights_path";
    private static final String RELOAD = "reload_weights";

    private final PolicyOrders orders;
    private final boolean enabled;

    /** @param enabled else its paths do not exist */
    public ReloadCalls(PolicyOrders orders, boolean enabled) {
        this.orders = orders;
        this.enabled = enabled;
    }

    boolean enabled() {
        return enabled;
    }

    void pause(HttpCall call) {
        String mode = call.queryParameter("mode").orElse("abort");
        answer(
                call,
                orders.pause(
                        PauseGenerationRequest.newBuilder().setMode(mode(mode)).build()));
    }

    private static PauseMode mode(String name) {
        return switch (name) {
            case "abort" -> PauseMode.PAUSE_MODE_ABORT;
            case "wait" -> PauseMode.PAUSE_MODE_WAIT;
            case "keep" -> PauseMode.PAUSE_MODE_KEEP;
            default ->
                throw CallerFault.invalid(
                        "INVALID_VALUE", "mode", "mode must be abort, wait or keep, got \"" + name + "\"");
        };
    }

    void resume(HttpCall call) {
        answer(call, orders.resume());
    }

    /** What is kept of prompts belongs to the version that read them, so there is nothing to do. */
    void resetPrefixCache(HttpCall call) {
        answer(call, CompletableFuture.completedFuture(""));
    }

    /** {@code reload_weights} alone; the other methods of vLLM's workers do not exist here. */
    void collectiveRpc(HttpCall call) {
        ObjectNode body = Json.object(call.body());
        Problems problems = new Problems();
        Fields fields = new Fields(body, problems);
        String method = fields.text("method").orElse("");
        if (!method.equals(RELOAD)) {
            fields.problem("method", "method must be \"" + RELOAD + "\", got \"" + method + "\"");
        }
        Fields kwargs = fields.in(
                "kwargs",
                fields.value("kwargs")
                        .flatMap(value -> fields.typed("kwargs", value, "an object", Fields.objectIn(value)))
                        .orElseGet(Json::newObject));
        String path = kwargs.text(PATH).orElse("");
        Optional<ModelVersion> version = version(path);
        if (version.isEmpty()) {
            kwargs.problem(
                    PATH,
                    PATH + " must be the directory of a published version, .../NAME/VERSION, got \"" + path + "\"");
        }
        problems.throwIfAny();
        answer(
                call,
                orders.load(LoadModelRequest.newBuilder()
                        .setModel(version.orElseThrow().toString())
                        .build()));
    }

    private static Optional<ModelVersion> version(String path) {
        try {
            Path directory = Path.of(path);
            int names = directory.getNameCount();
            return names < 2
                    ? Optional.empty()
                    : Optional.of(ModelVersion.parse(directory.getName(names - 2) + "@" + directory.getFileName()));
        } catch (IllegalArgumentException e) { // an InvalidPathException too
            return Optional.empty();
        }
    }

    /** Nothing but that it is done; a caller that goes away calls the order off. */
    private static void answer(HttpCall call, CompletableFuture<?> order) {
        call.onEnd(() -> order.cancel(false));
        CompletableFuture<?> unused = order.whenComplete((done, error) -> {
            if (error == null) {
                call.answer(() -> "{}");
            } else if (!order.isCancelled()) {
                call.fail(
                        error instanceof CompletionException wrapped && wrapped.getCause() != null
                                ? wrapped.getCause()
                                : error);
            }
        });
    }
}
