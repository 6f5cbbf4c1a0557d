package dev.plumbline.lm.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ComputeSettingsTest {
    @Test
    void devicesAreCalledAsInPyTorch() {
        assertThat(ComputeDevice.parse("cpu"))
                .isEqualTo(new ComputeDevice.Cpu())
                .hasToString("cpu");
        assertThat(ComputeDevice.parse("cuda"))
                .isEqualTo(new ComputeDevice.Cuda(0))
                .hasToString("cuda:0");
        assertThat(ComputeDevice.parse("cuda:3")).isEqualTo(new ComputeDevice.Cuda(3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "gpu", "cuda:", "cuda:-1", "cuda:x", "CPU"})
    void anotherDeviceIsRefused(String text) {
        assertThatThrownBy(() -> ComputeDevice.parse(text))
                .hasMessage("device must be cpu, cuda or cuda:INDEX, got " + text);
    }

    @Test
    void settingsWithoutThreadsOrMemoryAreRefused() {
        assertThatThrownBy(() -> ComputeSettings.cpu(0)).hasMessage("threads must be >= 1, got 0");
        assertThatThrownBy(() -> new ComputeSettings(1, new ComputeDevice.Cpu(), 0))
                .hasMessage("logitsBytes must be >= 1, got 0");
    }

    @Test
    void aDeviceThatTheHostLacksIsRefusedWithTheWayOut() {
        ComputeSettings settings = new ComputeSettings(1, new ComputeDevice.Cuda(99), 1 << 20);
        assertThatThrownBy(() -> Torch.use(settings))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("device cuda:99 is not there")
                .hasMessageContaining("set device to cpu, or PYTORCH_LIBRARY_PATH");
    }
}
