package dev.plumbline.reward.judge;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.exchange.v1.LengthReward;
import dev.plumbline.proto.exchange.v1.NumericAnswerReward;
import dev.plumbline.proto.exchange.v1.RepetitionReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.reward.rule.ExactMatch;
import dev.plumbline.reward.rule.Format;
import dev.plumbline.reward.rule.Length;
import dev.plumbline.reward.rule.NumericAnswer;
import dev.plumbline.reward.rule.RegularExpression;
import dev.plumbline.reward.rule.Repetition;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.FieldViolation;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The reward of an answer: the sum of weight times value over its components, in the order of its spec. */
public record Reward(List<Component> components) {

    private static final int DEFAULT_REPEATED_WORDS = 3;

    public Reward {
        components = List.copyOf(components);
    }

    /**
     * Reads a spec.
     *
     * @param field path of the spec in the request, for error messages
     * @throws CallerFault INVALID_REWARD with all problems at once
     */
    public static Reward of(RewardSpec spec, String field) {
        List<FieldViolation> problems = new ArrayList<>();
        List<Component> components = new ArrayList<>();
        Set<String> names = new HashSet<>();
        if (spec.getComponentsCount() == 0) {
            problems.add(new FieldViolation(field + ".components", "must have at least one component, got none"));
        }
        for (int i = 0; i < spec.getComponentsCount(); i++) {
            RewardComponentSpec component = spec.getComponents(i);
            String path = field + ".components[" + i + "]";
            if (component.getName().isBlank()) {
                problems.add(new FieldViolation(path + ".name", "must not be empty: judgements carry it"));
            } else if (!names.add(component.getName())) {
                problems.add(new FieldViolation(
                        path + ".name", "must be unique in the reward, got \"" + component.getName() + "\" twice"));
            }
            float weight = component.hasWeight() ? component.getWeight() : 1;
            if (!Float.isFinite(weight)) {
                problems.add(new FieldViolation(path + ".weight", "must be finite, got " + weight));
            }
            measure(component, path, problems)
                    .ifPresent(measure -> components.add(new Component(component.getName(), weight, measure)));
        }
        if (!problems.isEmpty()) {
            throw CallerFault.invalid("INVALID_REWARD", problems);
        }
        return new Reward(components);
    }

    private static Optional<Measure> measure(RewardComponentSpec spec, String path, List<FieldViolation> problems) {
        String field = path + "." + spec.getMeasureCase().name().toLowerCase(Locale.ROOT);
        try {
            return Optional.of(
                    switch (spec.getMeasureCase()) {
                        case MODEL ->
                            new Measure.ByModel(
                                    ModelVersion.parse(spec.getModel().getModel()));
                        case EXACT_MATCH ->
                            new Measure.ByRule(
                                    new ExactMatch(spec.getExactMatch().getNormalize()));
                        case NUMERIC_ANSWER -> new Measure.ByRule(numericAnswer(spec.getNumericAnswer()));
                        case REGULAR_EXPRESSION ->
                            new Measure.ByRule(new RegularExpression(
                                    Pattern.compile(spec.getRegularExpression().getPattern()),
                                    spec.getRegularExpression().getFullMatch()));
                        case LENGTH -> new Measure.ByRule(length(spec.getLength()));
                        case FORMAT ->
                            new Measure.ByRule(new Format(spec.getFormat().getSectionsList()));
                        case REPETITION -> new Measure.ByRule(repetition(spec.getRepetition()));
                        case EXTERNAL ->
                            new Measure.ByVerifier(spec.getExternal().getVerifier());
                        case MEASURE_NOT_SET ->
                            throw new IllegalArgumentException("must be set to one of model, exact_match,"
                                    + " numeric_answer, regular_expression, length, format, repetition, external");
                    });
        } catch (PatternSyntaxException e) {
            problems.add(new FieldViolation(field + ".pattern", "is no regular expression: " + e.getMessage()));
        } catch (IllegalArgumentException e) {
            problems.add(new FieldViolation(field, String.valueOf(e.getMessage())));
        }
        return Optional.empty();
    }

    private static NumericAnswer numericAnswer(NumericAnswerReward spec) {
        double tolerance = spec.getTolerance();
        if (!Double.isFinite(tolerance)) {
            throw new IllegalArgumentException("tolerance must be finite, got " + tolerance);
        }
        return new NumericAnswer(BigDecimal.valueOf(tolerance));
    }

    private static Repetition repetition(RepetitionReward spec) {
        return new Repetition(spec.hasWords() ? spec.getWords() : DEFAULT_REPEATED_WORDS);
    }

    private static Length length(LengthReward spec) {
        return new Length(spec.getMinTokens(), spec.hasMaxTokens() ? spec.getMaxTokens() : Integer.MAX_VALUE);
    }

    /** The reward models that take part, each once. */
    public Set<ModelVersion> models() {
        Set<ModelVersion> models = new LinkedHashSet<>();
        judges().values().forEach(models::add);
        return models;
    }

    /** Component name to reward model, for the components measured by one. */
    public Map<String, ModelVersion> judges() {
        Map<String, ModelVersion> judges = new LinkedHashMap<>();
        for (Component component : components) {
            if (component.measure() instanceof Measure.ByModel byModel) {
                judges.put(component.name(), byModel.model());
            }
        }
        return judges;
    }

    /** The verifiers that take part, by name, each once. */
    public Set<String> verifiers() {
        Set<String> verifiers = new LinkedHashSet<>();
        for (Component component : components) {
            if (component.measure() instanceof Measure.ByVerifier byVerifier) {
                verifiers.add(byVerifier.verifier());
            }
        }
        return verifiers;
    }
}
