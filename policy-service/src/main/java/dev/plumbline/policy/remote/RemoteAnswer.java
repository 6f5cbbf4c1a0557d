package dev.plumbline.policy.remote;

import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.generate.GeneratedToken;
import dev.plumbline.lm.generate.GenerationListener;
import dev.plumbline.lm.generate.PromptLogProbs;
import dev.plumbline.lm.generate.TopLogProbs;
import dev.plumbline.policy.remote.CompletionReader.Piece;
import dev.plumbline.policy.remote.CompletionReader.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One answer as it comes from the server. Its tokens are told at once, or, if the plain model's log-probabilities have to
 * be computed apart, at its end.
 */
final class RemoteAnswer {
    private final List<Integer> indices;
    private final boolean greedy;
    private final boolean listsTop;
    private final GenerationListener listener;
    /** Tokens that came, with the text that came with them. */
    private final List<Token> tokens = new ArrayList<>();

    private final List<String> texts = new ArrayList<>();
    private final List<GeneratedToken> told = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    /** Text that came after the last token. */
    private String rest = "";

    private Optional<FinishReason> finish = Optional.empty();
    private boolean ended;

    /** @param indices of the answers it stands for: greedy answers to a prompt are all alike */
    RemoteAnswer(List<Integer> indices, boolean greedy, boolean listsTop, GenerationListener listener) {
        this.indices = indices;
        this.greedy = greedy;
        this.listsTop = listsTop;
        this.listener = listener;
    }

    /** Takes what came. */
    void accept(Piece piece) {
        for (int i = 0; i < piece.tokens().size(); i++) {
            tokens.add(piece.tokens().get(i));
            texts.add(i == piece.tokens().size() - 1 ? piece.text() : "");
        }
        if (piece.tokens().isEmpty()) {
            rest += piece.text();
        }
    }

    /** No more will come. */
    void complete(FinishReason reason) {
        finish = Optional.of(reason);
    }

    boolean complete() {
        return finish.isPresent();
    }

    boolean ended() {
        return ended;
    }

    int size() {
        return tokens.size();
    }

    int lastId() {
        return tokens.get(tokens.size() - 1).id();
    }

    /** The prompt and this answer. */
    int[] after(int[] promptIds) {
        int[] all = new int[promptIds.length + tokens.size()];
        System.arraycopy(promptIds, 0, all, 0, promptIds.length);
        for (int i = 0; i < tokens.size(); i++) {
            all[promptIds.length + i] = tokens.get(i).id();
        }
        return all;
    }

    /** Tells of what came since; the server's log-probabilities are the plain model's. */
    void tell() {
        for (int i = told.size(); i < tokens.size(); i++) {
            Token token = tokens.get(i);
            tell(token, token.logProb(), token.top());
        }
        tellEnd();
    }

    /** Tells of everything at once, with the plain model's log-probabilities of prompt and answer. */
    void tell(PromptLogProbs scores) {
        int prompt = scores.rawLogProbs().length - tokens.size();
        for (int i = 0; i < tokens.size(); i++) {
            tell(tokens.get(i), scores.rawLogProbs()[prompt + i], scores.top().get(prompt + i));
        }
        tellEnd();
    }

    private void tell(Token token, float rawLogProb, TopLogProbs top) {
        String delta = texts.get(told.size());
        GeneratedToken news = new GeneratedToken(token.id(), greedy ? 0 : token.logProb(), rawLogProb, top);
        told.add(news);
        text.append(delta);
        indices.forEach(index -> listener.onToken(index, news, delta));
    }

    private void tellEnd() {
        finish.ifPresent(reason -> {
            text.append(rest);
            end(reason);
        });
    }

    /** Ends it from outside, with what was told of it. */
    void end(FinishReason reason) {
        if (ended) {
            return;
        }
        ended = true;
        int[] ids = told.stream().mapToInt(GeneratedToken::id).toArray();
        float[] logProbs = new float[ids.length];
        float[] rawLogProbs = new float[ids.length];
        for (int i = 0; i < ids.length; i++) {
            logProbs[i] = told.get(i).logProb();
            rawLogProbs[i] = told.get(i).rawLogProb();
        }
        List<TopLogProbs> top =
                listsTop ? told.stream().map(GeneratedToken::top).toList() : List.of();
        indices.forEach(index -> listener.onSample(
                new GeneratedSample(index, ids, text.toString(), logProbs, rawLogProbs, top, reason)));
    }
}
