package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PrefixIndexTest {
    private static final int BLOCK = PrefixIndex.TOKENS;
    private static final long SEED = 4711;

    @Test
    void aPromptFindsTheWholeBlocksThatItBeginsWith() {
        PrefixIndex index = new PrefixIndex(10);
        int[] prompt = tokens(3 * BLOCK + 5, 1);
        assertThat(index.find(prompt, 99)).isEmpty();
        assertThat(index.add(prompt, prompt.length)).containsExactly(0, 1, 2);
        assertThat(index.add(prompt, prompt.length)).isEmpty();
        assertThat(index.find(prompt, 99)).containsExactly(0, 1, 2);
        assertThat(index.find(prompt, 2)).containsExactly(0, 1);
        int[] other = prompt.clone();
        other[BLOCK + 3]++;
        assertThat(index.find(other, 99)).containsExactly(0);
        assertThat(index.add(other, other.length)).containsExactly(3, 4);
        assertThat(index.find(Arrays.copyOfRange(prompt, BLOCK, prompt.length), 99))
                .as("a block is known after those before it only")
                .isEmpty();
    }

    @Test
    void ofAPromptThatIsReadInPartsEachPartIsAddedOnce() {
        PrefixIndex index = new PrefixIndex(10);
        int[] prompt = tokens(4 * BLOCK, 1);
        assertThat(index.add(prompt, BLOCK + 1)).containsExactly(0);
        assertThat(index.add(prompt, 2 * BLOCK - 1)).isEmpty();
        assertThat(index.add(prompt, 4 * BLOCK)).containsExactly(1, 2, 3);
    }

    @Test
    void whatIsFoundIsWhatWasPutThereWhateverGaveWay() {
        System.out.println("seed " + SEED);
        Random random = new Random(SEED);
        int capacity = 12;
        PrefixIndex index = new PrefixIndex(capacity);
        Map<Integer, String> pool = new HashMap<>();
        int found = 0;
        int gaveWay = 0;
        for (int round = 0; round < 5000; round++) {
            int[] prompt = new int[BLOCK * (1 + random.nextInt(20))];
            for (int block = 0; block * BLOCK < prompt.length; block++) {
                Arrays.fill(prompt, block * BLOCK, (block + 1) * BLOCK, random.nextInt(block < 2 ? 2 : 4));
            }
            int[] places = index.find(prompt, Integer.MAX_VALUE);
            for (int i = 0; i < places.length; i++) {
                assertThat(pool.get(places[i])).isEqualTo(beginning(prompt, i));
            }
            found += places.length;
            int[] added = index.add(prompt, prompt.length);
            int blocks = Math.min(capacity, prompt.length / BLOCK);
            assertThat(Arrays.stream(added).distinct()).hasSize(added.length).allMatch(it -> it >= 0 && it < capacity);
            assertThat(added.length + Math.min(places.length, blocks)).isEqualTo(blocks);
            for (int i = 0; i < added.length; i++) {
                gaveWay += pool.put(added[i], beginning(prompt, blocks - added.length + i)) == null ? 0 : 1;
            }
            assertThat(index.find(prompt, Integer.MAX_VALUE)).hasSize(blocks);
        }
        assertThat(found).isGreaterThan(2000);
        assertThat(gaveWay).isGreaterThan(2000);
    }

    /** All tokens up to the end of a block. */
    private static String beginning(int[] prompt, int block) {
        return Arrays.toString(Arrays.copyOf(prompt, (block + 1) * BLOCK));
    }

    private static int[] tokens(int length, int first) {
        int[] ids = new int[length];
        Arrays.setAll(ids, i -> first + i);
        return ids;
    }
}
