package dev.plumbline.policy.control;

import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.policy.model.ModelFollower;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.policy.model.Refusal;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.policy.v1.ListModelsRequest;
import dev.plumbline.proto.policy.v1.ListModelsResponse;
import dev.plumbline.proto.policy.v1.ModelListing;
import dev.plumbline.proto.policy.v1.ModelState;
import dev.plumbline.serving.page.Page;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What this replica knows of the versions. */
final class ModelListings {
    private static final Comparator<ModelVersion> ORDER =
            Comparator.comparing(ModelVersion::name).thenComparing(ModelVersion::version, Comparator.reverseOrder());

    private final HouseView view;
    private final ModelShelf shelf;
    private final ModelFollower follower;

    ModelListings(HouseView view, ModelShelf shelf, ModelFollower follower) {
        this.view = view;
        this.shelf = shelf;
        this.follower = follower;
    }

    ListModelsResponse list(ListModelsRequest request) {
        Set<ModelVersion> inMemory = Set.copyOf(shelf.available());
        Set<ModelVersion> known = new HashSet<>(inMemory);
        for (ModelPublished published : view.models()) {
            known.add(new ModelVersion(published.getName(), published.getVersion()));
        }
        List<ModelVersion> wanted = known.stream()
                .filter(version -> request.getName().isEmpty() || version.name().equals(request.getName()))
                .sorted(ORDER)
                .toList();
        Page<ModelVersion> page =
                Page.of(wanted, ModelVersion::toString, request.getPageSize(), request.getPageToken());
        ListModelsResponse.Builder response = ListModelsResponse.newBuilder().setNextPageToken(page.nextToken());
        page.items().forEach(version -> response.addModels(listing(version, inMemory.contains(version))));
        return response.build();
    }

    private ModelListing listing(ModelVersion version, boolean inMemory) {
        Optional<Refusal> refusal = inMemory ? Optional.empty() : follower.refusal(version);
        ModelListing.Builder listing = ModelListing.newBuilder()
                .setModel(version.toString())
                .setState(state(version, inMemory, refusal.isPresent()))
                .setHeld(follower.held().equals(Optional.of(version)))
                .setRefusal(refusal.map(Refusal::message).orElse(""));
        view.model(version).ifPresent(listing::setPublished);
        return listing.build();
    }

    private ModelState state(ModelVersion version, boolean inMemory, boolean refused) {
        if (shelf.served().equals(Optional.of(version))) {
            return ModelState.MODEL_STATE_SERVED;
        }
        if (inMemory) {
            return ModelState.MODEL_STATE_LOADED;
        }
        return refused ? ModelState.MODEL_STATE_REFUSED : ModelState.MODEL_STATE_PUBLISHED;
    }
}
