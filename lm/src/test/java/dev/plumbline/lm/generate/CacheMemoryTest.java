package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.lm.torch.Kernels;
import dev.plumbline.lm.torch.Torch;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

final class CacheMemoryTest {
    private static final ComputeSettings COMPUTE = ComputeSettings.cpu(1);
    private static final Shape POOL = new Shape(3);

    private static NDManager owner;
    private static Kernels kernels;

    private final CacheMemory memory = new CacheMemory();

    @BeforeAll
    static void loadKernels() {
        Torch.use(COMPUTE);
        owner = Torch.newManager(COMPUTE);
        kernels = Kernels.load(
                owner,
                StepSource.resource("slots.py") + "  def attention_shape(self) -> List[int]:\n    return [1, 1, 1]\n");
    }

    @AfterAll
    static void freeMemory() {
        owner.close();
    }

    @Test
    void whatOneLeavesGoesToTheNextWhileAnotherIsThere() {
        CacheMemory.Piece before = take(5);
        CacheMemory.Piece serving = take(5);
        assertThat(serving.arena()).isNotSameAs(before.arena());
        memory.giveBack(before);
        CacheMemory.Piece next = take(5);
        assertThat(next.arena()).isSameAs(before.arena());
        assertThat(next.pool()).isSameAs(before.pool());
        memory.giveBack(serving);
        memory.giveBack(next);
        assertThat(List.of(serving, next)).allSatisfy(CacheMemoryTest::assertFreed);
    }

    @Test
    void memoryOfAnotherSizeMakesRoom() {
        CacheMemory.Piece before = take(5);
        CacheMemory.Piece serving = take(5);
        memory.giveBack(before);
        CacheMemory.Piece larger = take(6);
        assertFreed(before);
        assertThat(larger.arena().getShape()).isEqualTo(new Shape(6));
        memory.giveBack(serving);
        memory.giveBack(larger);
    }

    @Test
    void memoryOfAnotherPrecisionMakesRoom() {
        CacheMemory.Piece before = take(5);
        CacheMemory.Piece serving = take(5);
        memory.giveBack(before);
        CacheMemory.Piece halved = memory.take(COMPUTE, kernels, Precision.BFLOAT16, new Shape(5), POOL);
        assertFreed(before);
        assertThat(halved.arena().getShape()).isEqualTo(new Shape(5));
        memory.giveBack(serving);
        memory.giveBack(halved);
    }

    @RepeatedTest(20)
    void thereIsNeverMoreMemoryThanEnginesWereThereAtOnceAndNoneIsWithTwo(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        List<CacheMemory.Piece> inUse = new ArrayList<>();
        Set<CacheMemory.Piece> seen = new LinkedHashSet<>();
        int most = 0;
        for (int i = 0; i < 200; i++) {
            if (inUse.isEmpty() || (inUse.size() < 4 && random.nextBoolean())) {
                CacheMemory.Piece taken = take(5 + random.nextInt(2));
                assertThat(inUse).doesNotContain(taken);
                assertThat(taken.arena().isReleased()).isFalse();
                inUse.add(taken);
                seen.add(taken);
            } else {
                memory.giveBack(inUse.remove(random.nextInt(inUse.size())));
            }
            most = Math.max(most, inUse.size());
            seen.removeIf(piece -> piece.arena().isReleased());
            assertThat(seen).hasSizeLessThanOrEqualTo(most).containsAll(inUse);
        }
        inUse.forEach(memory::giveBack);
        assertThat(seen).allSatisfy(CacheMemoryTest::assertFreed);
    }

    private CacheMemory.Piece take(long size) {
        return memory.take(COMPUTE, kernels, Precision.FLOAT32, new Shape(size), POOL);
    }

    private static void assertFreed(CacheMemory.Piece piece) {
        assertThat(piece.arena().isReleased()).isTrue();
        assertThat(piece.pool().isReleased()).isTrue();
    }
}
