package dev.plumbline.trainer.ranking;

import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.trainer.data.DataShelf;
import dev.plumbline.trainer.data.Dataset;
import dev.plumbline.trainer.data.RankedSequences;
import dev.plumbline.trainer.data.RankingEncoding;
import dev.plumbline.trainer.data.RankingFormat;
import dev.plumbline.trainer.learn.ShownExamples;
import dev.plumbline.trainer.spec.SpecConversion;
import java.nio.file.Path;

/**
 * Ranked lists and pairs, read and encoded.
 *
 * @param shown which of those held out people see
 */
record RankingData(Dataset<RankedSequences> lists, ShownExamples shown) {
    /**
     * @param shelf where they are kept
     * @param checkpoint whose tokenizer is used
     */
    static RankingData load(DataShelf shelf, Data data, Path checkpoint, long seed) {
        try (Tokenizer tokenizer = Tokenizer.load(checkpoint)) {
            Dataset<RankedSequences> lists = shelf.dataset(
                    "data",
                    SpecConversion.data(data),
                    new RankingFormat(),
                    new RankingEncoding(new TextEncoder(tokenizer)),
                    seed);
            return new RankingData(lists, ShownExamples.ofRanked(tokenizer, lists.heldOut()));
        }
    }
}
