package dev.plumbline.e2e;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.jspecify.annotations.NullMarked;

/** Who may know whom: the rooms of the design, as rules that fail the build. */
@AnalyzeClasses(packages = "dev.plumbline", importOptions = ImportOption.DoNotIncludeTests.class)
final class HouseRulesTest {

    private static final String PROTO = "dev.plumbline.proto..";
    private static final String RL = "dev.plumbline.rl..";
    private static final String LM = "dev.plumbline.lm..";
    private static final String EXCHANGE = "dev.plumbline.exchange..";
    private static final String SERVING = "dev.plumbline.serving..";
    private static final String POLICY = "dev.plumbline.policy..";
    private static final String REWARD = "dev.plumbline.reward..";
    private static final String TRAINER = "dev.plumbline.trainer..";
    private static final String CLI = "dev.plumbline.cli..";

    private static final String[] DJL = {"ai.djl.."};
    private static final String[] KAFKA = {"org.apache.kafka..", "kafka.."};
    private static final String[] GRPC = {"io.grpc.."};
    private static final String[] PROTOBUF = {"com.google.protobuf..", PROTO};
    private static final String[] CDI = {"jakarta.enterprise..", "jakarta.inject..", "io.quarkus.."};

    @ArchTest
    static final ArchRule rl_knows_the_jdk_only = classes()
            .that()
            .resideInAPackage(RL)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("java..", RL, "org.jspecify.annotations..");

    @ArchTest
    static final ArchRule lm_knows_no_transport_no_framework_and_no_algorithm =
            strangers(LM, KAFKA, GRPC, PROTOBUF, CDI, rooms(RL, EXCHANGE, SERVING, POLICY, REWARD, TRAINER, CLI));

    @ArchTest
    static final ArchRule exchange_knows_no_model_and_no_framework =
            strangers(EXCHANGE, DJL, CDI, rooms(RL, LM, SERVING, POLICY, REWARD, TRAINER, CLI));

    @ArchTest
    static final ArchRule serving_knows_no_domain =
            strangers(SERVING, DJL, KAFKA, rooms(PROTO, RL, LM, EXCHANGE, POLICY, REWARD, TRAINER, CLI));

    @ArchTest
    static final ArchRule policy_service_knows_no_algorithm_and_no_other_service =
            strangers(POLICY, DJL, KAFKA, rooms(RL, REWARD, TRAINER, CLI));

    @ArchTest
    static final ArchRule reward_service_knows_no_algorithm_and_no_other_service =
            strangers(REWARD, DJL, KAFKA, rooms(RL, POLICY, TRAINER, CLI));

    @ArchTest
    static final ArchRule trainer_service_knows_no_other_service =
            strangers(TRAINER, DJL, KAFKA, rooms(POLICY, REWARD, CLI));

    @ArchTest
    static final ArchRule cli_knows_no_service_from_inside =
            strangers(CLI, DJL, CDI, rooms(RL, LM, SERVING, POLICY, REWARD, TRAINER));

    @ArchTest
    static final ArchRule packages_of_a_room_form_no_cycle = slices().matching("dev.plumbline.(*).(*)..")
            .namingSlices("$1.$2")
            .as("packages within a room")
            .should()
            .beFreeOfCycles();

    @ArchTest
    static final ArchRule names_say_what_a_thing_is = noClasses()
            .that()
            .resideOutsideOfPackage(PROTO)
            .should()
            .haveNameMatching(".*(Manager|Helper|Utils?|Impl|Processor|Handler|DTO)$");

    @ArchTest
    static final ArchRule time_and_randomness_are_arguments = noClasses()
            .that()
            .resideInAnyPackage(RL, LM)
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .callConstructor(java.util.Random.class);

    @ArchTest
    static final ArchRule every_package_is_null_marked =
            classes().that().resideOutsideOfPackage(PROTO).should(resideInANullMarkedPackage());

    private static ArchRule strangers(String room, String[]... forbidden) {
        String[] all = java.util.Arrays.stream(forbidden)
                .flatMap(java.util.Arrays::stream)
                .toArray(String[]::new);
        return noClasses()
                .that()
                .resideInAPackage(room)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(all);
    }

    private static String[] rooms(String... packages) {
        return packages;
    }

    private static ArchCondition<JavaClass> resideInANullMarkedPackage() {
        return new ArchCondition<>("reside in a package marked @NullMarked") {
            @Override
            public void check(JavaClass item, ConditionEvents events) {
                boolean marked = item.getPackage().isAnnotatedWith(NullMarked.class);
                events.add(new SimpleConditionEvent(
                        item, marked, item.getName() + ": package " + item.getPackageName() + " lacks @NullMarked"));
            }
        };
    }
}
