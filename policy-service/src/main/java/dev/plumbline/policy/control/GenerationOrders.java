package dev.plumbline.policy.control;

import dev.plumbline.policy.engine.EngineRoom;
import dev.plumbline.policy.engine.PauseMode;
import dev.plumbline.policy.request.Turn;
import dev.plumbline.proto.policy.v1.AbortRequestsRequest;
import dev.plumbline.proto.policy.v1.AbortRequestsResponse;
import dev.plumbline.proto.policy.v1.PauseGenerationRequest;
import dev.plumbline.proto.policy.v1.PauseGenerationResponse;
import dev.plumbline.proto.policy.v1.ResumeGenerationResponse;
import dev.plumbline.serving.error.CallerFault;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Orders about what is generated. */
final class GenerationOrders {
    private final EngineRoom room;

    GenerationOrders(EngineRoom room) {
        this.room = room;
    }

    CompletableFuture<PauseGenerationResponse> pause(PauseGenerationRequest request) {
        PauseMode mode = mode(request);
        return room.pause(mode)
                .thenApply(load -> PauseGenerationResponse.newBuilder()
                        .setKept(load.running())
                        .setQueued(load.queued())
                        .build());
    }

    private static PauseMode mode(PauseGenerationRequest request) {
        return switch (request.getMode()) {
            case PAUSE_MODE_ABORT -> PauseMode.ABORT;
            case PAUSE_MODE_WAIT -> PauseMode.WAIT;
            case PAUSE_MODE_KEEP -> PauseMode.KEEP;
            case PAUSE_MODE_UNSPECIFIED, UNRECOGNIZED ->
                throw CallerFault.invalid(
                        "INVALID_MODE",
                        "mode",
                        "mode must be PAUSE_MODE_ABORT, PAUSE_MODE_WAIT or PAUSE_MODE_KEEP, got "
                                + request.getModeValue());
        };
    }

    CompletableFuture<ResumeGenerationResponse> resume() {
        return room.resume()
                .thenApply(paused -> ResumeGenerationResponse.newBuilder()
                        .setWasPaused(paused)
                        .build());
    }

    CompletableFuture<AbortRequestsResponse> abort(AbortRequestsRequest request) {
        List<String> ids = request.getRequestIdsList();
        if (ids.isEmpty() != request.getAll() || ids.contains("")) {
            throw CallerFault.invalid(
                    "INVALID_REQUEST_IDS",
                    "request_ids",
                    "request_ids must name calls by ids that are not empty, or all must be true, and not both; got "
                            + ids.size() + " ids, all=" + request.getAll());
        }
        Predicate<Turn> wanted =
                turn -> turn.source() == Turn.Source.CALL && (request.getAll() || ids.contains(turn.label()));
        return room.stop(wanted).thenApply(stopped -> aborted(ids, stopped));
    }

    private static AbortRequestsResponse aborted(List<String> ids, List<Turn> stopped) {
        Set<String> known = stopped.stream().map(Turn::label).collect(Collectors.toSet());
        return AbortRequestsResponse.newBuilder()
                .setAborted(stopped.size())
                .addAllUnknownRequestIds(ids.stream()
                        .filter(id -> !known.contains(id))
                        .distinct()
                        .toList())
                .build();
    }
}
