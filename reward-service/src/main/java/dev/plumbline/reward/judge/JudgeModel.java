package dev.plumbline.reward.judge;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenBudget;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.serving.error.CallerFault;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A frozen model with its tokenizer, in one of two roles: it scores answers, or as a reference it gives their
 * log-probabilities. Confined to one thread.
 */
final class JudgeModel implements AutoCloseable {

    private final ModelVersion version;
    private final FrozenModel model;
    private final Tokenizer tokenizer;
    private final TextEncoder encoder;

    private JudgeModel(ModelVersion version, FrozenModel model, Tokenizer tokenizer) {
        this.version = version;
        this.model = model;
        this.tokenizer = tokenizer;
        this.encoder = new TextEncoder(tokenizer);
    }

    static JudgeModel load(ModelVersion version, Path directory, ComputeSettings settings) {
        Tokenizer tokenizer = Tokenizer.load(directory);
        try {
            return new JudgeModel(version, FrozenModel.load(directory, settings), tokenizer);
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    ModelVersion version() {
        return version;
    }

    int contextLength() {
        return model.config().maxPositions();
    }

    /** Refuses a model that cannot score. */
    void requireScoreHead() {
        if (!hasScoreHead()) {
            throw CallerFault.failedPrecondition(
                    "NOT_A_REWARD_MODEL",
                    version + " has no score head: name a model that a reward_model run has published");
        }
    }

    /** Refuses a model whose log-probabilities cannot be compared with those of a policy of the given vocabulary. */
    void requireReferenceFor(String policyVocabulary) {
        if (hasScoreHead()) {
            throw CallerFault.failedPrecondition(
                    "NOT_A_LANGUAGE_MODEL",
                    version + " has a score head in place of a language-model head: name a causal model as reference");
        }
        if (!policyVocabulary.isEmpty() && !policyVocabulary.equals(tokenizer.digest())) {
            throw CallerFault.failedPrecondition(
                    "VOCABULARY_MISMATCH",
                    version + " has another vocabulary than the policy (" + shortened(tokenizer.digest()) + " against "
                            + shortened(policyVocabulary) + "): a reference must share it");
        }
    }

    private boolean hasScoreHead() {
        return model.config().head() == HeadKind.SCORE;
    }

    private static String shortened(String digest) {
        return digest.substring(0, Math.min(12, digest.length()));
    }

    /**
     * The ids this model reads for an answer: those given, if they are of its vocabulary, else those of the text. A
     * complete answer ends in EOS.
     */
    TokenSequence sequence(Answer answer) {
        Response response = answer.response();
        if (response.tokens().isPresent()) {
            Response.Tokens tokens = response.tokens().get();
            if (tokens.vocabulary().isEmpty() || tokens.vocabulary().equals(tokenizer.digest())) {
                return join(tokens, response.complete());
            }
        }
        Prompt prompt = answer.prompt();
        if (prompt instanceof Prompt.Text text) {
            return encoder.example(text.text(), response.text(), response.complete());
        }
        if (prompt instanceof Prompt.Turns turns) {
            return encoder.example(turns.conversation(), response.text(), response.complete());
        }
        throw CallerFault.failedPrecondition(
                "VOCABULARY_MISMATCH",
                version + " has another vocabulary than the policy and the prompt is given as token ids only: send it"
                        + " as text or conversation, or choose a judge of the policy's vocabulary");
    }

    /**
     * Refuses what this model could not read at any length.
     *
     * @throws IllegalArgumentException with the fact and the fix
     */
    void requireReadable(TokenSequence sequence) {
        if (sequence.ids().length == 0) {
            throw new IllegalArgumentException("prompt and answer must have a token, got none; send text");
        }
        if (!hasScoreHead() && sequence.promptLength() == 0) {
            throw new IllegalArgumentException(
                    "the prompt must have a token, from which " + version + " predicts, got none; send a prompt");
        }
        int size = model.config().vocabularySize();
        for (int id : sequence.ids()) {
            if (id < 0 || id >= size) {
                throw new IllegalArgumentException("ids must be in [0, " + size + ") for " + version + ", got " + id
                        + "; use the ids of its vocabulary");
            }
        }
    }

    private TokenSequence join(Response.Tokens tokens, boolean complete) {
        int eos = tokenizer.eosId().orElseThrow();
        int[] response = tokens.response();
        boolean addEos = complete && (response.length == 0 || response[response.length - 1] != eos);
        int[] ids = Arrays.copyOf(tokens.prompt(), tokens.prompt().length + response.length + (addEos ? 1 : 0));
        System.arraycopy(response, 0, ids, tokens.prompt().length, response.length);
        if (addEos) {
            ids[ids.length - 1] = eos;
        }
        return new TokenSequence(ids, tokens.prompt().length);
    }

    /** Score of each sequence, read at its last token. */
    float[] scores(List<TokenSequence> sequences, TokenBudget budget) {
        return model.evaluate(new MicroBatch(sequences, 1), budget).scores();
    }

    /** [sequence][response token]: log-probabilities in nats of logits / temperature. */
    float[][] logProbs(List<TokenSequence> sequences, float temperature, TokenBudget budget) {
        return model.evaluate(new MicroBatch(sequences, temperature), budget).logProbs();
    }

    @Override
    public void close() {
        model.close();
        tokenizer.close();
    }
}
