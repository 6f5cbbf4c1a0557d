package dev.plumbline.policy.model;

/**
 * Memory for keys and values of all versions that may be loaded at the same time, in bytes. Each has an equal part of it, so
 * that none depends on what others take.
 *
 * @param cache for answers under way
 * @param prefixes for what is kept of prompts and conversations; 0 keeps nothing
 * @param versions the most that are loaded
 */
public record KeyValueBudget(long cache, long prefixes, int versions) {
    public KeyValueBudget {
        if (versions < 1) {
            throw new IllegalArgumentException("versions must be >= 1, got " + versions);
        }
        if (cache < versions) {
            throw new IllegalArgumentException(
                    "cache must be at least a byte for each of " + versions + " versions, got " + cache);
        }
        if (prefixes < 0) {
            throw new IllegalArgumentException("prefixes must be >= 0 (0 keeps nothing), got " + prefixes);
        }
    }

    /** Of one version. */
    public long cacheOfOne() {
        return cache / versions;
    }

    /** Likewise. */
    public long prefixesOfOne() {
        return prefixes / versions;
    }

    /** Of all, for whatever purpose. */
    public long total() {
        return cache + prefixes;
    }
}
