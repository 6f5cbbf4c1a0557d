package dev.plumbline.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import dev.plumbline.e2e.Manifests.Workload;
import io.kubernetes.client.common.KubernetesObject;
import io.kubernetes.client.custom.Quantity;
import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1EnvFromSource;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1NetworkPolicyIngressRule;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1PodSpec;
import io.kubernetes.client.openapi.models.V1Probe;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.kubernetes.client.openapi.models.V1Volume;
import io.kubernetes.client.util.Yaml;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Holds the manifests against Kubernetes' model classes and against each other: the files themselves and, where the
 * property {@code rendered.manifests} names a folder, each file of it, as kustomize rendered them.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("sources")
final class ManifestsTest {

    private final Manifests manifests;

    ManifestsTest(Path source) {
        this.manifests = Manifests.read(source);
    }

    static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>(List.of(Path.of("../k8s")));
        String rendered = System.getProperty("rendered.manifests", "");
        if (!rendered.isEmpty()) {
            try (Stream<Path> files = Files.list(Path.of(rendered))) {
                List<Path> found = files.sorted().toList();
                assertThat(found).as("rendered manifests in " + rendered).isNotEmpty();
                sources.addAll(found);
            }
        }
        return sources;
    }

    @Test
    void all_three_services_are_there() {
        assertThat(manifests.workloads())
                .extracting(Workload::name)
                .contains("Deployment/policy-service", "Deployment/reward-service", "StatefulSet/trainer-service");
    }

    @TestFactory
    Stream<DynamicTest> every_resource_has_what_its_kind_requires() {
        assertThat(manifests.resources()).isNotEmpty();
        return manifests.resources().stream()
                .map(resource -> DynamicTest.dynamicTest(Manifests.nameOf(resource), () -> {
                    JsonElement json = JSON.getGson().toJsonTree(resource);
                    assertThatCode(() -> resource.getClass()
                                    .getMethod("validateJsonElement", JsonElement.class)
                                    .invoke(null, json))
                            .doesNotThrowAnyException();
                }));
    }

    @Test
    void a_misspelt_field_does_not_pass() {
        assertThatThrownBy(
                        () -> Yaml.load("apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {sellector: {}}\n"))
                .hasMessageContaining("sellector");
    }

    @TestFactory
    Stream<DynamicTest> every_service_leads_to_ports_that_its_pods_open() {
        return forAll(manifests.all(V1Service.class), service -> {
            var spec = Objects.requireNonNull(service.getSpec());
            List<Workload> selected = selected(spec.getSelector());
            assertThat(selected).as("workloads behind the selector").hasSize(1);
            assertThat(spec.getPorts())
                    .isNotEmpty()
                    .allSatisfy(port -> assertThat(
                                    selected.get(0).containerPort(Objects.requireNonNull(port.getTargetPort())))
                            .hasValue(port.getPort()));
        });
    }

    @TestFactory
    Stream<DynamicTest> every_workload_selects_its_own_pods() {
        Stream<DynamicTest> deployments = forAll(manifests.all(V1Deployment.class), it -> {
            var spec = Objects.requireNonNull(it.getSpec());
            assertThat(spec.getTemplate().getMetadata().getLabels())
                    .containsAllEntriesOf(spec.getSelector().getMatchLabels());
        });
        Stream<DynamicTest> sets = forAll(manifests.all(V1StatefulSet.class), it -> {
            var spec = Objects.requireNonNull(it.getSpec());
            assertThat(spec.getTemplate().getMetadata().getLabels())
                    .containsAllEntriesOf(spec.getSelector().getMatchLabels());
            assertThat(manifests.all(V1Service.class))
                    .extracting(service -> service.getMetadata().getName())
                    .contains(spec.getServiceName());
        });
        return Stream.concat(deployments, sets);
    }

    @TestFactory
    Stream<DynamicTest> every_container_is_probed_limited_and_restricted() {
        return manifests.workloads().stream()
                .flatMap(workload -> workload.containers().stream()
                        .map(container -> DynamicTest.dynamicTest(workload.name(), () -> {
                            probed(workload, container);
                            limited(container);
                            restricted(workload, container);
                        })));
    }

    private static void probed(Workload workload, V1Container container) {
        assertThat(new V1Probe[] {
                    container.getStartupProbe(), container.getLivenessProbe(), container.getReadinessProbe()
                })
                .as("startup, liveness and readiness probe")
                .doesNotContainNull()
                .allSatisfy(probe -> {
                    var port = probe.getHttpGet() != null
                            ? probe.getHttpGet().getPort()
                            : Objects.requireNonNull(probe.getTcpSocket()).getPort();
                    assertThat(workload.containerPort(port))
                            .as("port of the probe")
                            .isPresent();
                });
    }

    private static void limited(V1Container container) {
        var resources = Objects.requireNonNull(container.getResources(), "resources");
        Map<String, Quantity> requests = Objects.requireNonNull(resources.getRequests(), "requests");
        Map<String, Quantity> limits = Objects.requireNonNull(resources.getLimits(), "limits");
        assertThat(requests).containsKeys("cpu", "memory");
        assertThat(bytes(limits)).isGreaterThanOrEqualTo(bytes(requests));
    }

    private static BigDecimal bytes(Map<String, Quantity> resources) {
        return Objects.requireNonNull(resources.get("memory"), "memory").getNumber();
    }

    private static void restricted(Workload workload, V1Container container) {
        V1PodSpec pod = Objects.requireNonNull(workload.template().getSpec());
        assertThat(pod.getAutomountServiceAccountToken()).isFalse();
        var podSecurity = Objects.requireNonNull(pod.getSecurityContext(), "pod securityContext");
        assertThat(podSecurity.getRunAsNonRoot()).isTrue();
        assertThat(podSecurity.getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
        var security = Objects.requireNonNull(container.getSecurityContext(), "container securityContext");
        assertThat(security.getAllowPrivilegeEscalation()).isFalse();
        assertThat(security.getCapabilities().getDrop()).containsExactly("ALL");
        if (workload.name().endsWith("-service")) {
            assertThat(security.getReadOnlyRootFilesystem()).isTrue();
        }
    }

    @TestFactory
    Stream<DynamicTest> every_mount_has_its_volume_and_every_reference_its_config_map() {
        Set<String> configMaps = manifests.all(V1ConfigMap.class).stream()
                .map(map -> map.getMetadata().getName())
                .collect(Collectors.toSet());
        return manifests.workloads().stream()
                .map(workload -> DynamicTest.dynamicTest(workload.name(), () -> {
                    for (V1Container container : workload.containers()) {
                        assertThat(volumes(workload))
                                .containsAll(container.getVolumeMounts().stream()
                                        .map(mount -> mount.getName())
                                        .toList());
                        assertThat(configMaps)
                                .containsAll(
                                        Objects.requireNonNullElse(container.getEnvFrom(), List.<V1EnvFromSource>of())
                                                .stream()
                                                .map(source ->
                                                        source.getConfigMapRef().getName())
                                                .toList());
                    }
                }));
    }

    private Set<String> volumes(Workload workload) {
        Stream<String> claimed = manifests.all(V1StatefulSet.class).stream()
                .filter(set -> Manifests.nameOf(set).equals(workload.name()))
                .flatMap(set -> set.getSpec().getVolumeClaimTemplates().stream())
                .map(claim -> claim.getMetadata().getName());
        Stream<String> mounted =
                Objects.requireNonNullElse(workload.template().getSpec().getVolumes(), List.<V1Volume>of()).stream()
                        .map(volume -> volume.getName());
        return Stream.concat(claimed, mounted).collect(Collectors.toSet());
    }

    @TestFactory
    Stream<DynamicTest> budgets_and_network_policies_select_pods_that_exist() {
        Stream<DynamicTest> budgets = forAll(
                manifests.all(V1PodDisruptionBudget.class),
                budget -> assertThat(selected(budget.getSpec().getSelector().getMatchLabels()))
                        .hasSize(1));
        Stream<DynamicTest> policies = forAll(manifests.all(V1NetworkPolicy.class), policy -> {
            var selector = policy.getSpec().getPodSelector();
            if (selector.getMatchLabels() != null) {
                assertThat(selected(selector.getMatchLabels())).isNotEmpty();
            } else {
                assertThat(selector.getMatchExpressions())
                        .isNotEmpty()
                        .allSatisfy(expression -> assertThat(expression.getValues())
                                .allSatisfy(value -> assertThat(selected(Map.of(expression.getKey(), value)))
                                        .isNotEmpty()));
            }
        });
        return Stream.concat(budgets, policies);
    }

    @TestFactory
    Stream<DynamicTest> a_pod_that_is_not_ready_holds_up_no_drain_of_a_node() {
        return forAll(
                manifests.all(V1PodDisruptionBudget.class),
                budget -> assertThat(budget.getSpec().getUnhealthyPodEvictionPolicy())
                        .isEqualTo("AlwaysAllow"));
    }

    @TestFactory
    Stream<DynamicTest> replicas_are_replaced_no_faster_than_clients_learn_of_the_new_ones() {
        return forAll(manifests.all(V1Deployment.class), it -> {
            var spec = Objects.requireNonNull(it.getSpec());
            assertThat(spec.getMinReadySeconds()).isGreaterThanOrEqualTo(30);
            assertThat(spec.getStrategy().getRollingUpdate().getMaxUnavailable().getIntValue())
                    .isZero();
        });
    }

    @TestFactory
    Stream<DynamicTest> a_policy_lets_somebody_in_at_every_port() {
        return manifests.workloads().stream()
                .flatMap(workload -> workload.containers().stream()
                        .flatMap(container -> container.getPorts().stream())
                        .map(port -> DynamicTest.dynamicTest(
                                workload.name() + " " + port.getName(),
                                () -> assertThat(portsLetIn(workload)).contains(port.getContainerPort()))));
    }

    private List<Integer> portsLetIn(Workload workload) {
        return manifests.all(V1NetworkPolicy.class).stream()
                .map(policy -> Objects.requireNonNull(policy.getSpec()))
                .filter(spec -> spec.getPodSelector().getMatchLabels() != null
                        && workload.isSelectedBy(spec.getPodSelector().getMatchLabels()))
                .flatMap(spec ->
                        Objects.requireNonNullElse(spec.getIngress(), List.<V1NetworkPolicyIngressRule>of()).stream())
                .flatMap(rule -> rule.getPorts().stream())
                .map(port -> Objects.requireNonNull(port.getPort()).getIntValue())
                .toList();
    }

    @TestFactory
    Stream<DynamicTest> a_pod_is_given_longer_to_end_than_it_drains() {
        Duration drain = Duration.parse("PT" + settings().get("PLUMBLINE_DRAIN_TIMEOUT"));
        return manifests.workloads().stream()
                .filter(workload -> workload.name().endsWith("-service"))
                .map(workload -> DynamicTest.dynamicTest(workload.name(), () -> {
                    V1PodSpec pod = workload.template().getSpec();
                    long preStop = workload.containers()
                            .get(0)
                            .getLifecycle()
                            .getPreStop()
                            .getSleep()
                            .getSeconds();
                    assertThat(pod.getTerminationGracePeriodSeconds())
                            .isGreaterThan(drain.plusSeconds(preStop).toSeconds());
                }));
    }

    @Test
    void plain_text_between_the_pods_is_said_in_so_many_words() {
        assertThat(settings()).containsEntry("PLUMBLINE_SECURITY_INSECURE", "true");
    }

    private Map<String, String> settings() {
        return manifests.all(V1ConfigMap.class).stream()
                .filter(map -> map.getMetadata().getName().equals("plumbline"))
                .findFirst()
                .orElseThrow()
                .getData();
    }

    private List<Workload> selected(Map<String, String> selector) {
        return manifests.workloads().stream()
                .filter(workload -> workload.isSelectedBy(selector))
                .toList();
    }

    private interface Check<T> {
        void accept(T resource) throws Exception;
    }

    private static <T extends KubernetesObject> Stream<DynamicTest> forAll(List<T> resources, Check<T> check) {
        assertThat(resources).isNotEmpty();
        return resources.stream()
                .map(resource -> DynamicTest.dynamicTest(Manifests.nameOf(resource), () -> check.accept(resource)));
    }
}
