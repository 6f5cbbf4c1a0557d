package dev.plumbline.cli.rescore;

import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.proto.reward.v1.Answer;
import dev.plumbline.proto.reward.v1.RewardServiceGrpc.RewardServiceBlockingStub;
import dev.plumbline.proto.reward.v1.ScoreRequest;
import dev.plumbline.proto.reward.v1.ScoreResponse;
import java.util.ArrayList;
import java.util.List;

/** Has reward-service judge the answers of trajectories by another reward. */
public final class Rescoring {
    private final RewardServiceBlockingStub judges;
    private final RewardSpec reward;

    /** By a reward. */
    public Rescoring(RewardServiceBlockingStub judges, RewardSpec reward) {
        this.judges = judges;
        this.reward = reward;
    }

    /** The answers of a trajectory without error, in their order. */
    public List<Rescored> rescore(Trajectory trajectory) {
        Rollout rollout = trajectory.getRollout();
        ScoreRequest.Builder request = ScoreRequest.newBuilder().setReward(reward);
        rollout.getSamplesList().forEach(sample -> request.addItems(answer(rollout.getPrompt(), sample)));
        ScoreResponse response = judges.score(request.build());
        List<Rescored> rescored = new ArrayList<>();
        for (int i = 0; i < rollout.getSamplesCount(); i++) {
            rescored.add(new Rescored(rollout, i, trajectory.getJudgements(i), response.getScores(i)));
        }
        return rescored;
    }

    private static Answer answer(Prompt prompt, Sample sample) {
        Answer.Builder answer = Answer.newBuilder()
                .setAnswer(sample.getText())
                .setTruncated(sample.getFinishReason() == FinishReason.FINISH_REASON_LENGTH);
        switch (prompt.getContentCase()) {
            case TEXT -> answer.setText(prompt.getText());
            case CONVERSATION -> answer.setConversation(prompt.getConversation());
            case TOKEN_IDS -> answer.setTokenIds(prompt.getTokenIds()).addAllAnswerTokenIds(sample.getTokenIdsList());
            case CONTENT_NOT_SET -> {}
        }
        if (prompt.hasGroundTruth()) {
            answer.setGroundTruth(prompt.getGroundTruth());
        }
        return answer.build();
    }
}
