package dev.plumbline.e2e;

import io.kubernetes.client.common.KubernetesObject;
import io.kubernetes.client.custom.IntOrString;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1ContainerPort;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1PodTemplateSpec;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.kubernetes.client.util.Yaml;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** The Kubernetes resources of a folder, as Kubernetes' own model classes; an unknown field does not parse. */
record Manifests(List<KubernetesObject> resources) {

    /** A pod template and the workload it belongs to. */
    record Workload(String name, V1PodTemplateSpec template) {

        List<V1Container> containers() {
            return Objects.requireNonNull(template.getSpec(), name + ": no pod spec")
                    .getContainers();
        }

        Map<String, String> labels() {
            V1ObjectMeta metadata = Objects.requireNonNull(template.getMetadata(), name + ": no template metadata");
            return Objects.requireNonNullElse(metadata.getLabels(), Map.of());
        }

        /** The container's port that a Service or probe means, by name or number. */
        Optional<Integer> containerPort(IntOrString port) {
            return containers().stream()
                    .flatMap(container ->
                            Objects.requireNonNullElse(container.getPorts(), List.<V1ContainerPort>of()).stream())
                    .filter(declared -> port.isInteger()
                            ? declared.getContainerPort().equals(port.getIntValue())
                            : port.getStrValue().equals(declared.getName()))
                    .map(V1ContainerPort::getContainerPort)
                    .findFirst();
        }

        boolean isSelectedBy(Map<String, String> selector) {
            return labels().entrySet().containsAll(selector.entrySet());
        }
    }

    static Manifests read(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> manifests = files.filter(file -> file.toString().endsWith(".yaml"))
                    .filter(file -> !file.getFileName().toString().equals("kustomization.yaml"))
                    .sorted()
                    .toList();
            return new Manifests(manifests.stream().flatMap(Manifests::parse).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<KubernetesObject> parse(Path file) {
        try {
            return Yaml.loadAll(Files.readString(file)).stream().map(KubernetesObject.class::cast);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    <T extends KubernetesObject> List<T> all(Class<T> kind) {
        return resources.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    List<Workload> workloads() {
        Stream<Workload> deployments = all(V1Deployment.class).stream()
                .map(it -> new Workload(
                        nameOf(it), Objects.requireNonNull(it.getSpec()).getTemplate()));
        Stream<Workload> sets = all(V1StatefulSet.class).stream()
                .map(it -> new Workload(
                        nameOf(it), Objects.requireNonNull(it.getSpec()).getTemplate()));
        return Stream.concat(deployments, sets).toList();
    }

    static String nameOf(KubernetesObject resource) {
        return resource.getKind() + "/" + resource.getMetadata().getName();
    }
}
