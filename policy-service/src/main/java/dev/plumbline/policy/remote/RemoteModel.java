package dev.plumbline.policy.remote;

import java.util.Set;

/**
 * A version as the server has it.
 *
 * @param name by which the server knows it
 * @param endIds tokens by which it says that an answer is complete
 * @param logProbs which the server gives
 */
record RemoteModel(String name, Set<Integer> endIds, LogProbMode logProbs) {
    RemoteModel {
        endIds = Set.copyOf(endIds);
    }
}
