package dev.plumbline.reward;

import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.plumbline.proto.exchange.v1.Judge;
import dev.plumbline.proto.exchange.v1.RewardComponent;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.reward.v1.CompareRequest;
import dev.plumbline.proto.reward.v1.CompareResponse;
import dev.plumbline.proto.reward.v1.Score;
import dev.plumbline.proto.reward.v1.ScoreRequest;
import dev.plumbline.proto.reward.v1.ScoreResponse;
import dev.plumbline.reward.judge.Answer;
import dev.plumbline.reward.judge.JudgeEngine;
import dev.plumbline.reward.judge.JudgeRequest;
import dev.plumbline.reward.judge.Outcome;
import dev.plumbline.reward.judge.Prompt;
import dev.plumbline.reward.judge.Response;
import dev.plumbline.reward.judge.Reward;
import dev.plumbline.reward.judge.Verdict;
import dev.plumbline.reward.rule.GivenAnswer;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.ServiceException;
import dev.plumbline.serving.error.StatusMapping;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;

/** From the messages of plumbline.reward.v1 to the engine and back. */
final class ScoreCalls {

    private final JudgeEngine engine;
    private final Optional<Reward> defaultReward;

    ScoreCalls(JudgeEngine engine, Optional<Reward> defaultReward) {
        this.engine = engine;
        this.defaultReward = defaultReward;
    }

    CompletableFuture<ScoreResponse> score(ScoreRequest request) {
        if (request.getItemsCount() == 0) {
            throw CallerFault.invalid("NO_ITEMS", "items", "must have at least one item, got none");
        }
        Reward reward = reward(request.hasReward(), request.getReward());
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < request.getItemsCount(); i++) {
            answers.add(answer(request.getItems(i), "items[" + i + "]"));
        }
        return dependent(
                engine.submit(new JudgeRequest(answers, reward, Optional.empty(), 1, request.getTruncate())),
                outcomes -> ScoreResponse.newBuilder()
                        .addAllScores(outcomes.stream().map(ScoreCalls::score).toList())
                        .addAllJudges(judges(reward).toList())
                        .build());
    }

    CompletableFuture<CompareResponse> compare(CompareRequest request) {
        Reward reward = reward(request.hasReward(), request.getReward());
        List<Answer> answers = List.of(answer(request.getA(), "a"), answer(request.getB(), "b"));
        return dependent(engine.submit(new JudgeRequest(answers, reward, Optional.empty(), 1, false)), outcomes -> {
            float a = judged(outcomes.get(0)).reward();
            float b = judged(outcomes.get(1)).reward();
            return CompareResponse.newBuilder()
                    .setProbabilityAPreferred(1 / (1 + Math.exp((double) b - a)))
                    .setRewardA(a)
                    .setRewardB(b)
                    .addAllJudges(judges(reward).toList())
                    .build();
        });
    }

    /** As thenApply, but cancelling the result also gives up the request. */
    private static <T> CompletableFuture<T> dependent(
            CompletableFuture<List<Outcome>> outcomes, Function<List<Outcome>, T> reply) {
        CompletableFuture<T> response = outcomes.thenApply(reply);
        var unused = response.whenComplete((message, error) -> {
            if (response.isCancelled()) {
                outcomes.cancel(false);
            }
        });
        return response;
    }

    private Reward reward(boolean given, RewardSpec spec) {
        if (given) {
            return Reward.of(spec, "reward");
        }
        return defaultReward.orElseThrow(() -> CallerFault.invalid(
                "NO_REWARD",
                "reward",
                "must be set: this service has no default, which plumbline.reward.default-judges would be"));
    }

    private static Answer answer(dev.plumbline.proto.reward.v1.Answer item, String field) {
        boolean complete = !item.getTruncated();
        int[] responseIds = item.getAnswerTokenIdsList().stream()
                .mapToInt(Integer::intValue)
                .toArray();
        Optional<String> groundTruth = item.hasGroundTruth() ? Optional.of(item.getGroundTruth()) : Optional.empty();
        Prompt prompt = prompt(item, field);
        Optional<Response.Tokens> tokens = Optional.empty();
        if (prompt instanceof Prompt.Ids ids) {
            if (ids.ids().length == 0 || responseIds.length == 0) {
                throw CallerFault.invalid(
                        "EMPTY_IDS",
                        field + (ids.ids().length == 0 ? ".token_ids" : ".answer_token_ids"),
                        "must have at least one id where the prompt is given as ids");
            }
            tokens = Optional.of(new Response.Tokens(ids.ids(), responseIds, ""));
        } else if (responseIds.length > 0) {
            throw CallerFault.invalid(
                    "MIXED_FORMS",
                    field + ".answer_token_ids",
                    "goes with a prompt in token_ids only: send the answer as text, or the prompt as ids too");
        }
        return new Answer(
                prompt,
                new Response(item.getAnswer(), complete, tokens),
                new GivenAnswer(
                        item.getAnswer(),
                        responseIds.length == 0 ? OptionalInt.empty() : OptionalInt.of(responseIds.length),
                        groundTruth));
    }

    private static Prompt prompt(dev.plumbline.proto.reward.v1.Answer item, String field) {
        return switch (item.getPromptCase()) {
            case TEXT -> new Prompt.Text(item.getText());
            case CONVERSATION ->
                new Prompt.Turns(WireConversation.read(item.getConversation(), field + ".conversation"));
            case TOKEN_IDS ->
                new Prompt.Ids(item.getTokenIds().getIdsList().stream()
                        .mapToInt(Integer::intValue)
                        .toArray());
            case PROMPT_NOT_SET ->
                throw CallerFault.invalid(
                        "NO_PROMPT", field + ".prompt", "must be set: text, conversation or token_ids");
        };
    }

    private static Score score(Outcome outcome) {
        if (outcome instanceof Outcome.Judged judged) {
            Verdict verdict = judged.verdict();
            return Score.newBuilder()
                    .setStatus(Status.newBuilder().setCode(Code.OK_VALUE))
                    .addAllComponents(components(verdict))
                    .setReward(verdict.reward())
                    .setTruncatedTokens(verdict.truncatedTokens())
                    .build();
        }
        ServiceException error = ((Outcome.Refused) outcome).error();
        return Score.newBuilder()
                .setStatus(StatusMapping.toRpcStatus(error, ""))
                .build();
    }

    /** A verdict's components on the wire. */
    static List<RewardComponent> components(Verdict verdict) {
        return verdict.values().stream()
                .map(value -> RewardComponent.newBuilder()
                        .setName(value.component())
                        .setValue(value.value())
                        .setWeight(value.weight())
                        .build())
                .toList();
    }

    /** The reward models behind a reward, on the wire. */
    static Stream<Judge> judges(Reward reward) {
        return reward.judges().entrySet().stream()
                .map(judge -> Judge.newBuilder()
                        .setRole(judge.getKey())
                        .setModel(judge.getValue().toString())
                        .build());
    }

    private static Verdict judged(Outcome outcome) {
        if (outcome instanceof Outcome.Refused refused) {
            throw refused.error();
        }
        return ((Outcome.Judged) outcome).verdict();
    }
}
