package dev.plumbline.policy.openai;

import dev.plumbline.policy.tool.ToolOffer;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import java.util.List;
import java.util.Optional;

/**
 * A request that was read, whose numbers the service's own reader has still to accept.
 *
 * @param model as the caller names it; empty: whatever is served
 * @param prompts the same request for each prompt, at least one
 * @param form of the answer
 * @param offer the tools that may be called; empty: none
 */
record AnswerOrder(Optional<String> model, List<GenerateRequest> prompts, AnswerForm form, Optional<ToolOffer> offer) {
    AnswerOrder {
        prompts = List.copyOf(prompts);
    }
}
