package dev.plumbline.lm.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Which layers see only the last positions, which each family says in another way. */
final class WindowReader {
    private final JsonFields fields;
    private final List<String> problems;

    WindowReader(JsonFields fields, List<String> problems) {
        this.fields = fields;
        this.problems = problems;
    }

    /** Per layer the positions seen, 0 for all. */
    List<Integer> windows(Family family, int layers) {
        return switch (family) {
            case GPT2, LLAMA -> all(layers, 0);
            case MISTRAL -> all(layers, mistralWindow());
            case QWEN2, QWEN3 -> qwenWindows(layers);
        };
    }

    private int mistralWindow() {
        int unsaid = 4096;
        return fields.isNull("sliding_window") ? 0 : fields.whole("sliding_window", unsaid);
    }

    private List<Integer> qwenWindows(int layers) {
        int unsaid = 4096;
        boolean used = fields.flag("use_sliding_window", false) && !fields.isNull("sliding_window");
        int window = used ? fields.whole("sliding_window", unsaid) : 0;
        JsonNode types = fields.node("layer_types");
        if (!types.isArray()) {
            int firstWindowed = used ? fields.whole("max_window_layers", 28) : layers;
            List<Integer> windows = new ArrayList<>();
            for (int layer = 0; layer < layers; layer++) {
                windows.add(layer >= firstWindowed ? window : 0);
            }
            return windows;
        }
        if (types.size() != layers) {
            problems.add("layer_types must have one entry for each of the " + layers + " layers, got " + types.size());
        }
        List<Integer> windows = new ArrayList<>();
        for (JsonNode type : types) {
            windows.add(window(type.asText(), window));
        }
        return windows;
    }

    private int window(String layerType, int window) {
        if (layerType.equals("full_attention")) {
            return 0;
        }
        if (!layerType.equals("sliding_attention")) {
            problems.add("layer_types must be full_attention or sliding_attention, got " + layerType);
        } else if (window == 0) {
            problems.add("layer_types has sliding_attention but use_sliding_window is off; set sliding_window and"
                    + " use_sliding_window, or write full_attention");
        }
        return window;
    }

    private static List<Integer> all(int layers, int window) {
        return Collections.nCopies(Math.max(0, layers), window);
    }
}
