package dev.plumbline.lm;

import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.decoder.PackedBatch;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.lm.torch.SideBySide;
import java.util.ArrayList;
import java.util.List;

/** A micro-batch as it is computed: in two parts side by side, or as one where that is not possible or not even enough. */
final class BatchParts {
    private final BatchRows whole;
    private final List<Part> parts = new ArrayList<>();

    /**
     * Sequences of the micro-batch.
     *
     * @param places for each of the part's numbers, where it stands among the numbers of the whole
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Part(PackedBatch batch, int[] places) {}

    BatchParts(MicroBatch batch, ModelConfig config, ComputeSettings settings) {
        this.whole = new BatchRows(batch, config);
        if (whole.isEmpty()) {
            return;
        }
        List<List<Integer>> cut = SideBySide.isPossible(settings)
                ? Halves.of(batch, config.head())
                : List.of(Halves.all(batch.sequences()));
        for (List<Integer> members : cut) {
            BatchRows rows = new BatchRows(batch.chosen(members), config);
            parts.add(new Part(rows.toPackedBatch(), whole.places(members)));
        }
    }

    /** Whether there is nothing to compute. */
    boolean isEmpty() {
        return parts.isEmpty();
    }

    /** What is computed side by side. */
    List<PackedBatch> packed() {
        return parts.stream().map(Part::batch).toList();
    }

    /** From the decoder's numbers, per part and output, to the outputs. */
    Outputs outputs(List<List<float[]>> numbers) {
        if (isEmpty()) {
            return whole.emptyOutputs();
        }
        List<float[]> flat = new ArrayList<>();
        for (int output = 0; output < numbers.get(0).size(); output++) {
            float[] all = new float[whole.size()];
            for (int part = 0; part < parts.size(); part++) {
                int[] places = parts.get(part).places();
                float[] own = numbers.get(part).get(output);
                for (int i = 0; i < places.length; i++) {
                    all[places[i]] = own[i];
                }
            }
            flat.add(all);
        }
        return whole.outputs(flat);
    }

    /** From derivatives of the outputs to derivatives of the decoder's numbers, per part. */
    List<List<float[]>> derivatives(OutputDerivatives derivatives) {
        List<float[]> flat = whole.flat(derivatives);
        return parts.stream()
                .map(part ->
                        flat.stream().map(all -> chosen(all, part.places())).toList())
                .toList();
    }

    private static float[] chosen(float[] all, int[] places) {
        float[] chosen = new float[places.length];
        for (int i = 0; i < places.length; i++) {
            chosen[i] = all[places[i]];
        }
        return chosen;
    }
}
