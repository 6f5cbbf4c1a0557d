package dev.plumbline.trainer.spec;

import dev.plumbline.proto.exchange.v1.FormatReward;
import dev.plumbline.proto.exchange.v1.LengthReward;
import dev.plumbline.proto.exchange.v1.ModelReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec.MeasureCase;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Components of a reward that could not be measured, and the models behind the others. */
final class RewardCheck {
    /** The role under which judges report the reference. */
    private static final String REFERENCE = "reference";

    private static final Pattern SECTION = Pattern.compile("[A-Za-z][A-Za-z0-9_-]*");

    private RewardCheck() {}

    static void reward(Problems problems, String at, RewardSpec reward) {
        if (reward.getComponentsCount() == 0) {
            problems.add(at + ".components", "a reward needs at least one component, got none");
        }
        Set<String> names = new HashSet<>();
        for (int i = 0; i < reward.getComponentsCount(); i++) {
            RewardComponentSpec component = reward.getComponents(i);
            String field = at + ".components[" + i + "]";
            if (component.getName().isEmpty() || !names.add(component.getName())) {
                problems.add(field + ".name", "name must be set and unique, got \"" + component.getName() + "\"");
            }
            if (component.getName().equals(REFERENCE)) {
                problems.add(field + ".name", "\"" + REFERENCE + "\" is the role of the reference; take another name");
            }
            problems.require(
                    Float.isFinite(component.getWeight()),
                    field + ".weight",
                    "must be a number",
                    component.getWeight());
            measure(problems, field, component);
        }
    }

    /** Pins the reward models to their versions; returns the first. */
    static Optional<ModelCheck.Found> pin(ModelCheck models, String at, RewardSpec.Builder reward) {
        Optional<ModelCheck.Found> first = Optional.empty();
        for (int i = 0; i < reward.getComponentsCount(); i++) {
            if (reward.getComponents(i).getMeasureCase() != MeasureCase.MODEL) {
                continue;
            }
            ModelReward.Builder model = reward.getComponentsBuilder(i).getModelBuilder();
            Optional<ModelCheck.Found> found =
                    models.scoring(at + ".components[" + i + "].model.model", model.getModel());
            found.ifPresent(pinned -> model.setModel(pinned.name()));
            first = first.isPresent() ? first : found;
        }
        return first;
    }

    private static void measure(Problems problems, String field, RewardComponentSpec component) {
        switch (component.getMeasureCase()) {
            case MODEL, EXACT_MATCH -> {}
            case NUMERIC_ANSWER ->
                problems.require(
                        component.getNumericAnswer().getTolerance() >= 0,
                        field + ".numeric_answer.tolerance",
                        "must be >= 0",
                        component.getNumericAnswer().getTolerance());
            case REGULAR_EXPRESSION -> pattern(problems, field, component);
            case LENGTH -> length(problems, field + ".length", component.getLength());
            case FORMAT -> format(problems, field + ".format", component.getFormat());
            case REPETITION ->
                problems.require(
                        !component.getRepetition().hasWords()
                                || component.getRepetition().getWords() >= 1,
                        field + ".repetition.words",
                        "must be >= 1",
                        component.getRepetition().getWords());
            case EXTERNAL ->
                problems.require(
                        !component.getExternal().getVerifier().isBlank(),
                        field + ".external.verifier",
                        "must name one of reward-service's plumbline.reward.verifiers",
                        "\"" + component.getExternal().getVerifier() + "\"");
            case MEASURE_NOT_SET ->
                problems.add(
                        field,
                        "component \"" + component.getName() + "\" has no measure; set model, exact_match,"
                                + " numeric_answer, regular_expression, length, format, repetition or external");
        }
    }

    private static void pattern(Problems problems, String field, RewardComponentSpec component) {
        String pattern = component.getRegularExpression().getPattern();
        try {
            Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            problems.add(
                    field + ".regular_expression.pattern",
                    "pattern must be a java.util.regex pattern, got \"" + pattern + "\": " + e.getDescription()
                            + " at index " + e.getIndex());
        }
    }

    private static void format(Problems problems, String field, FormatReward format) {
        Set<String> sections = new HashSet<>(format.getSectionsList());
        problems.require(
                !sections.isEmpty()
                        && sections.size() == format.getSectionsCount()
                        && sections.stream()
                                .allMatch(section -> SECTION.matcher(section).matches()),
                field + ".sections",
                "must be at least one name, all different, of letters, digits, _ or - after a letter",
                format.getSectionsList());
    }

    private static void length(Problems problems, String field, LengthReward length) {
        problems.require(length.getMinTokens() >= 0, field + ".min_tokens", "must be >= 0", length.getMinTokens());
        if (length.hasMaxTokens()) {
            problems.require(
                    length.getMaxTokens() >= length.getMinTokens(),
                    field + ".max_tokens",
                    "must be >= min_tokens " + length.getMinTokens(),
                    length.getMaxTokens());
        }
    }
}
