package dev.plumbline.lm.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KernelsTest {
    private static final String METHODS = """
              def scaled_sum(self, tensors: List[Tensor], scale: float, times: int) -> Tensor:
                total = torch.zeros_like(tensors[0])
                for i in range(times):
                  for tensor in tensors:
                    total = total + tensor * scale
                return total

              def square(self, x: Tensor) -> Tensor:
                return self.product(x, x)

              def product(self, x: Tensor, y: Tensor) -> Tensor:
                return x * y

              def both(self, x: Tensor) -> Tuple[Tensor, Tensor]:
                return (x, -x)

              def derive(self, y: Tensor) -> Tensor:
                torch.autograd.backward([y], annotate(List[Optional[Tensor]], [torch.ones_like(y)]))
                return y
            """;

    private final NDManager owner = newManager();

    private static NDManager newManager() {
        ComputeSettings settings = ComputeSettings.cpu(2);
        Torch.use(settings);
        return Torch.newManager(settings);
    }

    @AfterEach
    void close() {
        owner.close();
    }

    @Test
    void methodsTakeTensorsListsAndNumbers() {
        Kernels kernels = Kernels.load(owner, METHODS);
        NDList tensors = new NDList(owner.create(new float[] {1, 2}), owner.create(new float[] {10, 20}));
        NDList sum = kernels.infer(owner, "scaled_sum", Argument.of(tensors), Argument.of(0.5), Argument.of(3L));
        assertThat(sum.get(0).toFloatArray()).containsExactly(16.5f, 33f);
    }

    @Test
    void severalResultsComeBackInOrder() {
        Kernels kernels = Kernels.load(owner, METHODS);
        NDList results = kernels.infer(owner, "both", Argument.of(owner.create(3f)));
        assertThat(results.get(0).getFloat()).isEqualTo(3f);
        assertThat(results.get(1).getFloat()).isEqualTo(-3f);
    }

    @Test
    void recordedCallsCanBeDerivedAndInferredOnesCannot() {
        Kernels kernels = Kernels.load(owner, METHODS);
        NDArray x = owner.create(new float[] {3, 4});
        x.setRequiresGradient(true);
        NDArray recorded = kernels.record(owner, "square", Argument.of(x)).get(0);
        kernels.record(owner, "derive", Argument.of(recorded));
        assertThat(x.getGradient().toFloatArray()).containsExactly(6, 8);
        NDArray inferred = kernels.infer(owner, "square", Argument.of(x)).get(0);
        assertThat(inferred.toFloatArray()).containsExactly(9, 16);
        assertThat(inferred.hasGradient()).isFalse();
    }

    @Test
    void recordedCallsTakeNoNumbers() {
        Kernels kernels = Kernels.load(owner, METHODS);
        assertThatThrownBy(() -> kernels.record(owner, "square", Argument.of(2.0)))
                .hasMessage("a recorded call takes tensors only, got the number 2.0");
        assertThatThrownBy(() -> kernels.record(owner, "square", Argument.of(2L)))
                .hasMessage("a recorded call takes tensors only, got the number 2");
        assertThatThrownBy(() -> Argument.of(new NDList())).hasMessage("a list of tensors must not be empty");
    }

    @Test
    void resultsBelongToTheScopeOfTheirCall() {
        Kernels kernels = Kernels.load(owner, METHODS);
        NDArray x = owner.create(2f);
        owner.cap();
        NDArray result;
        try (NDManager scope = owner.newSubManager()) {
            result = kernels.infer(scope, "square", Argument.of(x)).get(0);
            NDArray recorded = kernels.record(scope, "square", Argument.of(x)).get(0);
            assertThat(recorded.getManager()).isSameAs(scope);
        }
        assertThat(result.isReleased()).isTrue();
        assertThat(x.isReleased()).isFalse();
    }

    @Test
    void sourceThatDoesNotCompileIsRefusedWithItsLine() {
        assertThatThrownBy(
                        () -> Kernels.load(owner, "  def f(self, x: Tensor) -> Tensor:\n    return torch.nothing(x)\n"))
                .hasMessageContaining("torch.nothing");
    }

    @Test
    void everyThreadComputesWithTheNumberOfThreadsThatWasAskedForLast() throws InterruptedException {
        Kernels kernels = Kernels.load(owner, METHODS);
        NDArray x = owner.create(2f);
        AtomicInteger seen = new AtomicInteger();
        Runnable compute = () -> {
            try (NDManager scope = owner.newSubManager()) {
                kernels.infer(scope, "square", Argument.of(x));
                seen.set(JniUtils.getNumThreads());
            }
        };
        for (int threads : new int[] {1, 2}) {
            Torch.use(ComputeSettings.cpu(threads));
            compute.run();
            assertThat(seen).hasValue(threads);
            Thread other = new Thread(compute);
            other.start();
            other.join();
            assertThat(seen).hasValue(threads);
        }
    }

    @Test
    void methodsAreCompiledOnceForAllWhoUseThemAndFreedAfterTheLast() {
        String cube = "  def cube(self, x: Tensor) -> Tensor:\n    return x * x * x\n";
        Kernels first = Kernels.load(owner, cube);
        NDManager other = owner.newSubManager();
        Kernels second = Kernels.load(other, cube);
        assertThat(CompiledMethods.users(cube)).isEqualTo(2);
        first.close();
        first.close();
        assertThat(CompiledMethods.users(cube)).isOne();
        NDArray two = owner.create(2f);
        assertThat(second.infer(owner, "cube", Argument.of(two)).get(0).getFloat())
                .isEqualTo(8f);
        other.close();
        assertThat(CompiledMethods.users(cube)).isZero();
        Kernels again = Kernels.load(owner, cube);
        assertThat(again.infer(owner, "cube", Argument.of(two)).get(0).getFloat())
                .isEqualTo(8f);
    }

    @Test
    void threadsThatLoadCallAndCloseTheSameMethodsDoNotDisturbEachOther() throws Exception {
        String sum = "  def sum(self, x: Tensor, y: Tensor) -> Tensor:\n    return x + y\n";
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> rounds = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                float number = i;
                rounds.add(threads.submit(() -> {
                    try (NDManager own = newManager()) {
                        NDArray x = own.create(number);
                        Kernels kernels = Kernels.load(own, sum);
                        assertThat(kernels.infer(own, "sum", Argument.of(x), Argument.of(x))
                                        .get(0)
                                        .getFloat())
                                .isEqualTo(2 * number);
                    }
                }));
            }
            for (Future<?> round : rounds) {
                round.get(1, TimeUnit.MINUTES);
            }
        } finally {
            threads.shutdown();
        }
        assertThat(CompiledMethods.users(sum)).isZero();
    }
}
