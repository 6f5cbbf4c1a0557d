package dev.plumbline.serving.server;

import dev.plumbline.serving.meter.ServingMeters;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.grpc.GlobalInterceptor;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

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
    CallEdge callEdge(ActiveCalls calls, ServingMeters meters) {
        return new CallEdge(calls, meters);
    }
}
