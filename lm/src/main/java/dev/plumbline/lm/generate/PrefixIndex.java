package dev.plumbline.lm.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which blocks of {@value #TOKENS} tokens, each after which others, have their keys and values in a pool. Of blocks that are
 * not used, those used longest ago give way; a block is used whenever one that follows it is, so it never goes before
 * these.
 */
final class PrefixIndex {
    /** Tokens of a block; levels of the cache are whole numbers of blocks. */
    static final int TOKENS = 32;

    private static final int NO_PARENT = -1;

    /** A block's tokens, and the block before it in the pool. */
    @SuppressWarnings("ArrayRecordComponent") // compared by content, below
    private record Key(int parent, int[] tokens) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && key.parent == parent && Arrays.equals(key.tokens, tokens);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(tokens) + parent;
        }
    }

    private final int capacity;

    /** Places in the pool, those used longest ago first. */
    private final Map<Key, Integer> places = new LinkedHashMap<>(16, 0.75f, true);

    /** @param capacity blocks of the pool */
    PrefixIndex(int capacity) {
        this.capacity = capacity;
    }

    void clear() {
        places.clear();
    }

    /** The places of the blocks that the tokens begin with, at most so many. */
    int[] find(int[] ids, int most) {
        List<Key> chain = known(ids, most);
        int[] found = new int[chain.size()];
        // The last first, so that those before it are the more recent.
        for (int i = found.length - 1; i >= 0; i--) {
            found[i] = places.getOrDefault(chain.get(i), NO_PARENT);
        }
        return found;
    }

    /**
     * Takes places for the blocks of the first tokens that have none yet.
     *
     * @param length how many tokens there are
     * @return the places of the last blocks, as many as are new
     */
    int[] add(int[] ids, int length) {
        int blocks = Math.min(length / TOKENS, capacity);
        List<Key> chain = known(ids, blocks);
        int first = chain.size();
        int parent = first == 0 ? NO_PARENT : places.getOrDefault(chain.get(first - 1), NO_PARENT);
        int[] added = new int[blocks - first];
        for (int block = first; block < blocks; block++) {
            Key key = key(parent, ids, block);
            int place = places.size() < capacity ? places.size() : takeOldest();
            places.put(key, place);
            chain.add(key);
            added[block - first] = place;
            parent = place;
        }
        for (int i = chain.size() - 1; i >= 0; i--) {
            places.get(chain.get(i));
        }
        return added;
    }

    /** Blocks from the first on that have a place; makes these the most recent. */
    private List<Key> known(int[] ids, int most) {
        List<Key> chain = new ArrayList<>();
        int parent = NO_PARENT;
        boolean known = true;
        for (int block = 0; known && block < most && (block + 1) * TOKENS <= ids.length; block++) {
            Key key = key(parent, ids, block);
            Integer place = places.get(key);
            known = place != null;
            if (place != null) {
                chain.add(key);
                parent = place;
            }
        }
        return chain;
    }

    private static Key key(int parent, int[] ids, int block) {
        return new Key(parent, Arrays.copyOfRange(ids, block * TOKENS, (block + 1) * TOKENS));
    }

    private int takeOldest() {
        Iterator<Integer> oldest = places.values().iterator();
        int place = oldest.next();
        oldest.remove();
        return place;
    }
}
