package dev.plumbline.policy.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.serving.error.CallerFault;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The models by the names that callers may use: the served name for its newest version, and every version in memory. */
final class ModelNames {
    private final ModelShelf shelf;
    private final String servedName;
    private final Instant since;

    /** @param since when the service started, which stands for when its models were made */
    ModelNames(ModelShelf shelf, String servedName, Instant since) {
        this.shelf = shelf;
        this.servedName = servedName;
        this.since = since;
    }

    /** The version a name requires, empty for whatever is served. */
    String required(Optional<String> name) {
        if (name.isEmpty() || name.get().equals(servedName)) {
            return "";
        }
        return requireKnown(name.get());
    }

    private String requireKnown(String name) {
        if (!all().contains(name)) {
            throw CallerFault.notFound(
                    "MODEL_NOT_FOUND",
                    "model \"" + name + "\" is not served here, but " + all() + ": name one of these");
        }
        return name;
    }

    private List<String> all() {
        return Stream.concat(
                        shelf.served().map(served -> servedName).stream(),
                        shelf.available().stream().map(ModelVersion::toString))
                .toList();
    }

    /** All of them. */
    ObjectNode list() {
        ObjectNode list = Json.newObject().put("object", "list");
        ArrayNode data = list.putArray("data");
        all().forEach(name -> data.add(entry(name)));
        return list;
    }

    /** One of them. */
    ObjectNode one(String name) {
        return entry(requireKnown(name));
    }

    private ObjectNode entry(String name) {
        return Json.newObject()
                .put("id", name)
                .put("object", "model")
                .put("created", since.getEpochSecond())
                .put("owned_by", "plumbline");
    }
}
