package dev.plumbline.trainer.spec;

import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.trainer.data.QuestionEncoding;
import dev.plumbline.trainer.data.QuestionFormat;
import dev.plumbline.trainer.data.TextEncoding;
import dev.plumbline.trainer.data.TextFormat;
import java.util.Optional;

/** Checks and completes the spec of a PPO run. */
final class PpoCheck {
    private static final String AT = "spec.ppo";
    /**
     * Of a trajectory: id (up to 4), three log-probabilities and text, with framing and some room. A prompt token has an
     * id and text, twice.
     */
    private static final int BYTES_PER_ANSWER_TOKEN = 32;

    private static final int BYTES_PER_PROMPT_TOKEN = 16;

    private final Problems problems;
    private final ModelCheck models;
    private final DataCheck dataCheck;
    private final int maxRecordBytes;

    PpoCheck(Problems problems, ModelCheck models, DataCheck dataCheck, int maxRecordBytes) {
        this.problems = problems;
        this.models = models;
        this.dataCheck = dataCheck;
        this.maxRecordBytes = maxRecordBytes;
    }

    PpoSpec resolve(PpoSpec given) {
        RangeCheck.ppo(problems, AT, given);
        EstimatorCheck.ppo(problems, AT, given);
        RewardCheck.reward(problems, AT + ".reward", given.getReward());
        models.output(AT + ".output", given.getOutput());
        ema(given);
        promptSource(given);
        if (given.hasEvaluation()) {
            dataCheck.data(AT + ".evaluation", given.getEvaluation(), false);
        }
        if (given.hasPtx()) {
            dataCheck.data(AT + ".ptx.data", given.getPtx().getData(), false);
        }
        PpoSpec.Builder spec = given.toBuilder();
        Optional<ModelCheck.Found> policy = models.causal(AT + ".model", given.getModel(), true);
        policy.ifPresent(found -> spec.setModel(found.name()));
        reference(spec, policy);
        Optional<ModelCheck.Found> rewardModel = RewardCheck.pin(models, AT + ".reward", spec.getRewardBuilder());
        if (EstimatorDefaults.hasCritic(spec)) {
            critic(spec, policy, rewardModel);
        }
        if (policy.isPresent()) {
            lengths(spec, policy.get());
            look(spec, policy.get());
            spec.setCourse(models.measured(spec.getCourse(), policy.get()));
            if (spec.hasLora()) {
                models.targets(
                        AT + ".lora.target_modules",
                        policy.get(),
                        spec.getLora().getTargetModulesList());
            }
        }
        return spec.build();
    }

    private void ema(PpoSpec given) {
        if (!given.hasEma()) {
            return;
        }
        if (given.hasLora()) {
            problems.add(
                    AT + ".ema",
                    "ema averages all of the policy's weights, of which lora lets none but the adapters learn; leave one"
                            + " of them out");
        }
        RangeCheck.decay(problems, AT + ".ema.decay", given.getEma().getDecay());
        models.output(AT + ".ema.output", given.getEma().getOutput());
        if (given.getEma().getOutput().equals(given.getOutput())) {
            problems.add(
                    AT + ".ema.output",
                    "must be another name than output, got \"" + given.getOutput()
                            + "\" twice: the average is a model of its own");
        }
    }

    private void promptSource(PpoSpec spec) {
        String field = AT + ".prompts";
        switch (spec.getPromptsFrom()) {
            case PROMPT_SOURCE_DATASET -> {
                if (spec.hasPrompts()) {
                    dataCheck.data(field, spec.getPrompts(), false);
                } else {
                    problems.add(field, "prompts_from DATASET needs prompts.path; set it, or take PRODUCERS");
                }
            }
            case PROMPT_SOURCE_PRODUCERS, PROMPT_SOURCE_PRODUCERS_LATEST -> {
                if (spec.hasPrompts()) {
                    problems.add(field, "prompts are read with prompts_from DATASET only; leave one of them out");
                }
            }
            case PROMPT_SOURCE_UNSPECIFIED, UNRECOGNIZED ->
                problems.add(
                        AT + ".prompts_from",
                        "prompts_from must be DATASET, PRODUCERS or PRODUCERS_LATEST, got "
                                + spec.getPromptsFromValue());
        }
    }

    private void reference(PpoSpec.Builder spec, Optional<ModelCheck.Found> policy) {
        if (spec.getReference().isEmpty() || spec.getReference().equals(spec.getModel())) {
            spec.setReference(spec.getModel());
            return;
        }
        Optional<ModelCheck.Found> reference = models.causal(AT + ".reference", spec.getReference(), true);
        reference.ifPresent(found -> {
            spec.setReference(found.name());
            policy.ifPresent(known -> models.sameVocabulary(AT + ".reference", found, known));
        });
    }

    private void critic(
            PpoSpec.Builder spec, Optional<ModelCheck.Found> policy, Optional<ModelCheck.Found> rewardModel) {
        if (!spec.getCritic().isEmpty()) {
            Optional<ModelCheck.Found> critic = models.find(AT + ".critic", spec.getCritic(), true);
            critic.ifPresent(found -> {
                spec.setCritic(found.name());
                policy.ifPresent(known -> models.sameVocabulary(AT + ".critic", found, known));
            });
        } else if (policy.isPresent()
                && rewardModel.isPresent()
                && rewardModel
                        .get()
                        .facts()
                        .vocabulary()
                        .equals(policy.get().facts().vocabulary())
                && rewardModel.get().facts().context() >= policy.get().facts().context()) {
            spec.setCritic(rewardModel.get().name());
        } else {
            spec.setCritic(spec.getModel());
        }
    }

    /** Shares the context between prompt and answer, and fills in what follows from that. */
    private void lengths(PpoSpec.Builder spec, ModelCheck.Found policy) {
        int answer = spec.getStopping().getMaxTokens();
        int left = models.promptTokens(AT + ".stopping", spec.getStopping(), policy);
        if (left < 1) {
            return; // reported already
        }
        int context = policy.facts().context();
        if (!spec.hasMaxPromptTokens()) {
            spec.setMaxPromptTokens(left);
        } else {
            problems.require(
                    spec.getMaxPromptTokens() <= left,
                    AT + ".max_prompt_tokens",
                    "must be at most the " + left + " tokens that a context of " + context
                            + " leaves beside max_tokens " + answer,
                    spec.getMaxPromptTokens());
        }
        long group = (long) spec.getSamplesPerPrompt() * answer * BYTES_PER_ANSWER_TOKEN
                + (long) spec.getMaxPromptTokens() * BYTES_PER_PROMPT_TOKEN;
        if (group > maxRecordBytes) {
            problems.add(
                    AT + ".samples_per_prompt",
                    "a prompt with its " + spec.getSamplesPerPrompt() + " answers of " + answer + " tokens may take "
                            + group + " bytes, more than the " + maxRecordBytes
                            + " of a record; lower samples_per_prompt or max_tokens");
        }
        if (spec.hasPrompts()) {
            spec.setPrompts(dataCheck.completeLength(AT + ".prompts", spec.getPrompts(), spec.getMaxPromptTokens()));
        }
        if (spec.hasEvaluation()) {
            spec.setEvaluation(
                    dataCheck.completeLength(AT + ".evaluation", spec.getEvaluation(), spec.getMaxPromptTokens()));
        }
        if (spec.hasPtx()) {
            spec.getPtxBuilder()
                    .setData(dataCheck.completeLength(
                            AT + ".ptx.data", spec.getPtx().getData(), context));
        }
    }

    private void look(PpoSpec.Builder spec, ModelCheck.Found policy) {
        QuestionFormat format = new QuestionFormat(SpecConversion.needsGroundTruth(spec.getReward()));
        try (Tokenizer tokenizer = policy.tokenizer()) {
            TextEncoder encoder = new TextEncoder(tokenizer);
            questions(spec.hasPrompts(), AT + ".prompts", spec.getPrompts(), format, encoder);
            questions(spec.hasEvaluation(), AT + ".evaluation", spec.getEvaluation(), format, encoder);
            if (spec.hasPtx() && spec.getPtx().getData().hasMaxLength()) {
                dataCheck.look(AT + ".ptx.data", spec.getPtx().getData(), new TextFormat(), new TextEncoding(encoder));
            }
        } catch (IllegalArgumentException e) {
            problems.add(AT + ".model", String.valueOf(e.getMessage()));
        }
    }

    private void questions(boolean given, String field, Data data, QuestionFormat format, TextEncoder encoder) {
        if (given && data.hasMaxLength()) {
            dataCheck.look(field, data, format, new QuestionEncoding(encoder));
        }
    }
}
