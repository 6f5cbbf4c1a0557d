package dev.plumbline.policy.openai;

import dev.plumbline.policy.tool.Said;
import dev.plumbline.policy.tool.ToolReading;
import java.util.Optional;

/** Hears one choice to its end, and the calls in it if tools were offered. For one thread. */
final class Listener {
    private final Optional<ToolReading> tools;
    private int called;

    /** @param tools empty: all is text */
    Listener(Optional<ToolReading> tools) {
        this.tools = tools;
    }

    /** How many calls were heard so far. */
    int called() {
        return called;
    }

    /** What can be told after the next piece. */
    Said hear(Spoken spoken) {
        return counted(tools.map(reading -> reading.accept(spoken.ids(), spoken.text()))
                .orElseGet(() -> Said.text(spoken.text())));
    }

    /** What can be told after the last piece. */
    Said last(Spoken spoken) {
        Said said = hear(spoken);
        return tools.map(reading -> said.then(counted(reading.rest()))).orElse(said);
    }

    private Said counted(Said said) {
        called += said.calls().size();
        return said;
    }
}
