package dev.plumbline.policy.tool;

import java.util.Set;

/**
 * What a model may call.
 *
 * @param names of the tools
 * @param parallel whether it may call more than one at once; else the first call counts and the others are dropped
 */
public record ToolOffer(Set<String> names, boolean parallel) {
    public ToolOffer {
        names = Set.copyOf(names);
    }
}
