package dev.plumbline.benchmarks;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.proto.exchange.v1.ChatMessage;
import dev.plumbline.proto.exchange.v1.Conversation;
import dev.plumbline.proto.exchange.v1.ModelReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.policy.v1.ComputeLogprobsRequest;
import dev.plumbline.proto.policy.v1.GetModelInfoRequest;
import dev.plumbline.proto.policy.v1.PromptAndResponse;
import dev.plumbline.proto.policy.v1.ResponseLogprobs;
import dev.plumbline.proto.policy.v1.TokenizeRequest;
import dev.plumbline.proto.reward.v1.Answer;
import dev.plumbline.proto.reward.v1.Score;
import dev.plumbline.proto.reward.v1.ScoreRequest;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The last version that a run published, with what the services say of some texts.
 *
 * @param name "name@version"
 * @param work for readers.py
 */
record PublishedModel(String name, String runName, boolean adapters, Map<String, Object> work) {
    private static final String GREETING = "Hi! What is 3 + 4?";

    /** Asks the service that the version is for. */
    static PublishedModel of(TrainingHouse house, Run run, ReaderTexts texts) {
        String name = run.getModels(run.getModelsCount() - 1);
        Path directory = house.modelDirectory(name);
        boolean judge = run.getSpec().getStageCase() == RunSpec.StageCase.REWARD_MODEL;
        boolean adapters = Files.isDirectory(directory.resolve("adapter"));
        Map<String, Object> said = judge ? scores(house.client(), name, texts) : logProbs(house.client(), name, texts);
        Map<String, Object> work = new HashMap<>(said);
        work.put("name", name + " of " + run.getSpec().getName());
        work.put("kind", judge ? "judge" : "policy");
        work.put("directory", directory.toString());
        work.put("adapters", adapters);
        return new PublishedModel(name, run.getSpec().getName(), adapters, work);
    }

    private static Map<String, Object> logProbs(HouseClient client, String name, ReaderTexts texts) {
        Waiting.until(() -> serves(client, name), "policy-service does not serve " + name);
        List<ReaderTexts.Example> examples = texts.examples();
        ComputeLogprobsRequest.Builder request =
                ComputeLogprobsRequest.newBuilder().setRequiredModel(name);
        for (ReaderTexts.Example example : examples) {
            request.addSequences(PromptAndResponse.newBuilder()
                    .addAllPromptTokenIds(
                            tokens(client, TokenizeRequest.newBuilder().setText(example.prompt())))
                    .addAllResponseTokenIds(tokens(
                            client,
                            TokenizeRequest.newBuilder()
                                    .setText(example.answer())
                                    .setAddSpecialTokens(false))));
        }
        List<ResponseLogprobs> answers =
                client.policy().computeLogprobs(request.build()).getSequencesList();
        List<Map<String, Object>> all = new ArrayList<>();
        for (int i = 0; i < examples.size(); i++) {
            all.add(Map.of(
                    "prompt", examples.get(i).prompt(),
                    "answer", examples.get(i).answer(),
                    "prompt_ids", request.getSequences(i).getPromptTokenIdsList(),
                    "answer_ids", request.getSequences(i).getResponseTokenIdsList(),
                    "log_probs", answers.get(i).getLogprobsList()));
        }
        Conversation conversation = Conversation.newBuilder()
                .addMessages(ChatMessage.newBuilder().setRole("user").setContent(GREETING))
                .build();
        return Map.of(
                "examples",
                all,
                "conversation",
                List.of(Map.of("role", "user", "content", GREETING)),
                "conversation_ids",
                tokens(client, TokenizeRequest.newBuilder().setConversation(conversation)));
    }

    private static boolean serves(HouseClient client, String name) {
        try {
            return client.policy()
                    .getModelInfo(GetModelInfoRequest.getDefaultInstance())
                    .getModel()
                    .equals(name);
        } catch (StatusRuntimeException e) {
            return false;
        }
    }

    private static List<Integer> tokens(HouseClient client, TokenizeRequest.Builder request) {
        return client.policy().tokenize(request.build()).getTokenIdsList();
    }

    /** Texts are complete answers, behind which the judge reads the end of a text. */
    private static Map<String, Object> scores(HouseClient client, String name, ReaderTexts texts) {
        List<ReaderTexts.Example> examples = texts.examples();
        ScoreRequest.Builder request = ScoreRequest.newBuilder()
                .setReward(RewardSpec.newBuilder()
                        .addComponents(RewardComponentSpec.newBuilder()
                                .setName("judge")
                                .setModel(ModelReward.newBuilder().setModel(name))));
        examples.forEach(example ->
                request.addItems(Answer.newBuilder().setText(example.prompt()).setAnswer(example.answer())));
        Waiting.until(() -> scores(client, request.build()), "reward-service has no judge " + name);
        List<Score> scores = client.reward().score(request.build()).getScoresList();
        List<Map<String, Object>> all = new ArrayList<>();
        for (int i = 0; i < examples.size(); i++) {
            if (scores.get(i).getStatus().getCode() != 0) {
                throw new IllegalStateException(
                        name + " has no score: " + scores.get(i).getStatus().getMessage());
            }
            all.add(Map.of(
                    "prompt", examples.get(i).prompt(),
                    "answer", examples.get(i).answer(),
                    "score", scores.get(i).getReward()));
        }
        return Map.of("examples", all);
    }

    /** Whether the judge is known by now. */
    private static boolean scores(HouseClient client, ScoreRequest request) {
        try {
            return client.reward().score(request).getScoresCount() > 0;
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
                throw e;
            }
            return false;
        }
    }
}
