package dev.plumbline.policy.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.generate.EngineSettings;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.policy.Checkpoints;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyValueBudgetTest {
    private static final int VERSIONS = 3;
    private static final long SEED = 4711;

    /** Less than the slots of either model could use; just what ten of 128 tokens and 256 bytes take, and not the one vector beside. */
    private static final KeyValueBudget BUDGET = new KeyValueBudget(983_040, 300_001, VERSIONS);

    private final LocalEngines engines = new LocalEngines(new EngineSettings(64, 128, ComputeSettings.cpu(1)), BUDGET);

    @Test
    void asManyVersionsAsMayBeLoadedNeverTakeMoreThanTheBudgetHoweverTheyComeAndGo() {
        System.out.println("seed " + SEED);
        Random random = new Random(SEED);
        assertThat(engines.budgetBytes()).isEqualTo(1_283_041);
        List<Engine> open = new ArrayList<>();
        long most = 0;
        try (Tokenizer qwen2 = Tokenizer.load(Checkpoints.qwen2());
                Tokenizer llama = Tokenizer.load(Checkpoints.llama())) {
            for (int i = 0; i < 60; i++) {
                if (open.size() < VERSIONS && (open.isEmpty() || random.nextBoolean())) {
                    boolean first = random.nextBoolean();
                    Path checkpoint = first ? Checkpoints.qwen2() : Checkpoints.llama();
                    open.add(engines.open(new ModelVersion("policy", i + 1), checkpoint, first ? qwen2 : llama));
                } else {
                    open.remove(random.nextInt(open.size())).close();
                }
                long slots = open.stream().mapToLong(Engine::cacheBytes).sum();
                assertThat(slots).isLessThanOrEqualTo(BUDGET.cache());
                assertThat(engines.allocatedBytes())
                        .isLessThanOrEqualTo(engines.budgetBytes())
                        .isGreaterThanOrEqualTo(slots);
                most = Math.max(most, engines.allocatedBytes());
            }
            open.forEach(Engine::close);
        }
        assertThat(most).as("the budget is used").isGreaterThan(engines.budgetBytes() * 9 / 10);
        assertThat(engines.allocatedBytes()).isZero();
    }

    @Test
    void aBudgetThatIsNoneIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KeyValueBudget(2, 0, 3))
                .withMessage("cache must be at least a byte for each of 3 versions, got 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KeyValueBudget(3, -1, 3))
                .withMessage("prefixes must be >= 0 (0 keeps nothing), got -1");
    }
}
