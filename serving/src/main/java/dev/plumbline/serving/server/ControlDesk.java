package dev.plumbline.serving.server;

import io.grpc.BindableService;
import java.util.List;
import java.util.Optional;

/**
 * Where orders are taken: gRPC services on a port of their own, all of whose callers need the control role. It speaks TLS as
 * the gRPC server does.
 *
 * @param host it listens on; empty for the gRPC server's
 * @param services what is served there
 */
public record ControlDesk(Optional<String> host, int port, List<BindableService> services) {
    public ControlDesk {
        services = List.copyOf(services);
    }
}
