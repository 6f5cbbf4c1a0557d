package dev.plumbline.lm.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.architecture.InvalidModelException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;

/**
 * The tokenizer of a checkpoint directory: {@code tokenizer.json}, with the roles of special tokens and the chat
 * template from the files beside it. Gives the same ids and the same text as transformers' fast tokenizers with
 * {@code clean_up_tokenization_spaces=False}. Never cuts or pads: lengths are the caller's to check.
 *
 * <p>Safe for use by several threads at once. Holds native memory until it is closed; closing waits for the calls in
 * progress, later calls throw {@link IllegalStateException}.
 */
public final class Tokenizer implements AutoCloseable {
    // DJL's defaults cut at 512 tokens and pad.
    private static final Map<String, String> WHOLE_TEXT = Map.of("truncation", "false", "padding", "false");

    private final Path file;
    private final HuggingFaceTokenizer tokenizer;
    private final BitSet known;
    private final BitSet special;
    private final String digest;
    private final SpecialTokens roles;
    private final ChatTemplate chatTemplate;
    // Callers read-lock, closing write-locks: the native side does not survive a call on freed memory.
    private final ReadWriteLock lifetime = new ReentrantReadWriteLock();
    private boolean closed;

    private Tokenizer(
            Path file,
            HuggingFaceTokenizer tokenizer,
            Vocabulary vocabulary,
            SpecialTokens roles,
            ChatTemplate chatTemplate) {
        this.file = file;
        this.tokenizer = tokenizer;
        this.known = vocabulary.known();
        this.special = vocabulary.specialIds();
        this.digest = vocabulary.digest();
        this.roles = roles;
        this.chatTemplate = chatTemplate;
    }

    /**
     * Reads the tokenizer of a checkpoint. A chat template that cannot be rendered is no error until
     * {@link #renderChat} is called.
     *
     * @throws InvalidModelException if {@code tokenizer.json} is missing, or a file is malformed or contradicts another
     */
    public static Tokenizer load(Path checkpointDirectory) {
        Path file = checkpointDirectory.resolve("tokenizer.json");
        if (!Files.isRegularFile(file)) {
            throw new InvalidModelException(
                    checkpointDirectory.toString(),
                    List.of(
                            "it holds no tokenizer.json; save the tokenizer in the format of Hugging Face's fast tokenizers"));
        }
        try {
            byte[] json = Files.readAllBytes(file);
            Vocabulary vocabulary = Vocabulary.parse(file, json);
            SpecialTokens roles = SpecialTokens.read(checkpointDirectory, vocabulary);
            ChatTemplate chatTemplate = ChatTemplate.read(
                    checkpointDirectory,
                    roles.texts(checkpointDirectory, vocabulary),
                    Clock.system(ZoneId.systemDefault()));
            Set<String> unlisted = new TreeSet<>(roles.named());
            unlisted.removeAll(vocabulary.added());
            byte[] complete = unlisted.isEmpty() ? json : withAddedTokens(json, unlisted, vocabulary);
            return new Tokenizer(file, open(file, complete), vocabulary.withSpecial(unlisted), roles, chatTemplate);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /** As transformers does at load, so that a token with a role is recognised in text and can be left out of it. */
    private static byte[] withAddedTokens(byte[] json, Set<String> tokens, Vocabulary vocabulary) throws IOException {
        ObjectNode content = (ObjectNode) JsonFile.MAPPER.readTree(json);
        ArrayNode added = content.withArray("added_tokens");
        for (String token : tokens) {
            added.addObject()
                    .put("id", vocabulary.ids().get(token))
                    .put("content", token)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        return JsonFile.MAPPER.writeValueAsBytes(content);
    }

    private static HuggingFaceTokenizer open(Path file, byte[] json) throws IOException {
        try {
            return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), WHOLE_TEXT);
        } catch (RuntimeException e) { // the native library throws nothing more specific
            throw new InvalidModelException(
                    file.toString(),
                    List.of("it is not a tokenizer that the library can read: " + e.getMessage()
                            + "; save it with a current version of Hugging Face's tokenizers"));
        }
    }

    /**
     * The ids of a text. Special tokens written in the text are recognised.
     *
     * @param addSpecialTokens whether to add what the tokenizer puts around every text, such as BOS
     * @throws IllegalArgumentException if the text has half a surrogate pair, or if the tokenizer has no token for it
     */
    public int[] encode(String text, boolean addSpecialTokens) {
        requireWellFormed(text);
        long[] ids = whileOpen(open -> {
            try {
                return open.encode(text, addSpecialTokens, false).getIds();
            } catch (RuntimeException e) { // the native library throws nothing more specific
                throw new IllegalArgumentException(
                        file + " has no tokens for the text: " + e.getMessage() + "; give it an unknown token", e);
            }
        });
        return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
    }

    /** Half a surrogate pair has no UTF-8; the native side would garble every other pair of the text as well. */
    private static void requireWellFormed(String text) {
        int character;
        for (int i = 0; i < text.length(); i += Character.charCount(character)) {
            character = text.codePointAt(i);
            if (Character.getType(character) == Character.SURROGATE) {
                throw new IllegalArgumentException(String.format(
                        "text must be valid Unicode, got half a surrogate pair (U+%04X) at index %d", character, i));
            }
        }
    }

    /**
     * The text of some ids. Bytes that are no complete character become U+FFFD.
     *
     * @param skipSpecialTokens whether to leave out special tokens such as EOS
     * @throws IllegalArgumentException if an id has no token
     */
    public String decode(int[] ids, boolean skipSpecialTokens) {
        for (int i = 0; i < ids.length; i++) {
            if (!hasToken(ids[i])) {
                throw new IllegalArgumentException("id " + ids[i] + " at index " + i + " has no token in " + file
                        + "; ids are from 0 to " + (vocabularySize() - 1));
            }
        }
        return decode(Arrays.stream(ids).asLongStream().toArray(), skipSpecialTokens);
    }

    String decode(long[] ids, boolean skipSpecialTokens) {
        return whileOpen(open -> open.decode(ids, skipSpecialTokens));
    }

    /**
     * Whether an id stands for a token. A model's vocabulary is often padded to a round number, so it can sample ids that
     * stand for nothing.
     */
    public boolean hasToken(int id) {
        return id >= 0 && known.get(id);
    }

    boolean isSpecial(int id) {
        return special.get(id);
    }

    /** One more than the largest id. A model needs at least so many rows of embeddings. */
    public int vocabularySize() {
        return known.length();
    }

    /** The token that pads sequences to one length, if there is one. */
    public OptionalInt padId() {
        return roles.pad();
    }

    /** The token that begins a text, if there is one. */
    public OptionalInt bosId() {
        return roles.bos();
    }

    /** The token that ends a text, if there is one. */
    public OptionalInt eosId() {
        return roles.eos();
    }

    /** The token for what the vocabulary does not have, if there is one. */
    public OptionalInt unkId() {
        return roles.unk();
    }

    /**
     * A conversation as the one text that the checkpoint's chat template makes of it. To be encoded without adding special
     * tokens: the template writes those that belong there.
     *
     * @param addGenerationPrompt whether to end with the beginning of an assistant's turn
     * @throws IllegalArgumentException if the checkpoint has no chat template, or it cannot be rendered, or refuses the
     *     conversation
     */
    public String renderChat(Conversation conversation, boolean addGenerationPrompt) {
        return chatTemplate.render(conversation, addGenerationPrompt);
    }

    /**
     * The chat template in Jinja, if the checkpoint has one.
     *
     * @param withTools the one for conversations with tools, where there are two
     */
    public Optional<String> chatTemplate(boolean withTools) {
        return chatTemplate.text(withTools);
    }

    /**
     * Equal for two tokenizers whose ids stand for the same tokens, so that models with them can compute on each other's
     * ids. Does not cover how text is split into tokens.
     */
    public String digest() {
        return digest;
    }

    /** Where the tokenizer was read from, for messages. */
    Path file() {
        return file;
    }

    @Override
    public void close() {
        lifetime.writeLock().lock();
        try {
            closed = true;
            tokenizer.close();
        } finally {
            lifetime.writeLock().unlock();
        }
    }

    private <T> T whileOpen(Function<HuggingFaceTokenizer, T> call) {
        lifetime.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("the tokenizer " + file + " is closed; load it again");
            }
            return call.apply(tokenizer);
        } finally {
            lifetime.readLock().unlock();
        }
    }
}
