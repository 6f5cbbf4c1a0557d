package dev.plumbline.serving.server;

import dev.plumbline.serving.access.Access;
import dev.plumbline.serving.access.Role;
import dev.plumbline.serving.meter.ServingMeters;
import dev.plumbline.serving.settings.HouseSettings;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.grpc.GlobalInterceptor;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Set;

/** The parts of a server, one each. */
@Singleton
final class ServingBeans {
    @Produces
    @Singleton
    ServingMeters meters(MeterRegistry registry) {
        return new ServingMeters(registry);
    }

    @Produces
    @Singleton
    @GlobalInterceptor
    Connections connections() {
        return new Connections();
    }

    @Produces
    @Singleton
    Access access(HouseSettings settings) {
        return Access.of(settings.security().tokens());
    }

    @Produces
    @Singleton
    ActiveCalls activeCalls() {
        return new ActiveCalls();
    }

    @Produces
    @Singleton
    ServiceHealth serviceHealth() {
        return new ServiceHealth();
    }

    @Produces
    @Singleton
    @GlobalInterceptor
    CallEdge callEdge(Access access, HostedService service, ActiveCalls calls, ServingMeters meters) {
        Set<String> orders = service.controlMethods();
        CallEdge.Guard guard = new CallEdge.Guard(access, method -> orders.contains(method) ? Role.CONTROL : Role.DATA);
        return new CallEdge(guard, calls, meters);
    }
}
