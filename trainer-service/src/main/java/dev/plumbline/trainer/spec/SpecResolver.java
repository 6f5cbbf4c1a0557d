package dev.plumbline.trainer.spec;

import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.trainer.data.source.DataSources;
import dev.plumbline.trainer.model.ModelCatalog;
import java.util.regex.Pattern;

/**
 * From a spec as given to one that can be run: every default filled in, models pinned to versions, directories absolute.
 */
public final class SpecResolver {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}");

    private final ModelCatalog models;
    private final DataSources sources;
    private final ComputeSettings compute;
    private final int maxRecordBytes;

    /**
     * @param compute how models are learnt, to find what is to be measured
     * @param maxRecordBytes the largest record of the exchange, which a prompt with all its answers has to fit
     */
    public SpecResolver(ModelCatalog models, DataSources sources, ComputeSettings compute, int maxRecordBytes) {
        this.models = models;
        this.sources = sources;
        this.compute = compute;
        this.maxRecordBytes = maxRecordBytes;
    }

    /** The complete spec; throws a CallerFault with all that is wrong. */
    public RunSpec resolve(RunSpec given) {
        RunSpec spec = SpecDefaults.fill(given);
        Problems problems = new Problems();
        if (!NAME.matcher(spec.getName()).matches()) {
            problems.add(
                    "spec.name",
                    "name must be 1 to 100 letters, digits, '-', '_', '.', not beginning with a dot, got \""
                            + spec.getName() + "\"");
        }
        GuardrailsCheck.check(problems, spec);
        ModelCheck modelCheck = new ModelCheck(models, compute, problems);
        DataCheck dataCheck = new DataCheck(sources, problems);
        RunSpec resolved = switch (spec.getStageCase()) {
            case SFT ->
                spec.toBuilder()
                        .setSft(new SftCheck(problems, modelCheck, dataCheck).resolve(spec.getSft()))
                        .build();
            case REWARD_MODEL ->
                spec.toBuilder()
                        .setRewardModel(
                                new RewardModelCheck(problems, modelCheck, dataCheck).resolve(spec.getRewardModel()))
                        .build();
            case PPO ->
                spec.toBuilder()
                        .setPpo(new PpoCheck(problems, modelCheck, dataCheck, maxRecordBytes).resolve(spec.getPpo()))
                        .build();
            case DPO ->
                spec.toBuilder()
                        .setDpo(new DpoCheck(problems, modelCheck, dataCheck).resolve(spec.getDpo()))
                        .build();
            case STAGE_NOT_SET -> {
                problems.add("spec.stage", "a run needs a stage; set sft, reward_model, ppo or dpo");
                yield spec;
            }
        };
        problems.throwIfAny();
        return resolved;
    }
}
