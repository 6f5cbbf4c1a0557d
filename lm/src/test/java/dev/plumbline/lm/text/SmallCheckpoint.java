package dev.plumbline.lm.text;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A directory with a WordLevel tokenizer of a dozen words, four special tokens and BOS before every text. */
record SmallCheckpoint(Path directory) {
    static final String TOKENIZER = "tokenizer.json";
    static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    static final String SPECIAL_TOKENS_MAP = "special_tokens_map.json";
    static final String CONFIG = "config.json";
    static final String CHAT_TEMPLATE = "chat_template.jinja";

    /** ChatML, as many checkpoints carry it. */
    static final String CHATML = "{% for message in messages %}"
            + "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
            + "{% endfor %}"
            + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    static final int PAD = 0;
    static final int BOS = 1;
    static final int EOS = 2;
    static final int UNK = 3;
    static final int THE = 4;
    static final int MILLER = 5;
    static final int MENDS = 6;
    static final int CLOCK = 7;

    private static final ObjectMapper MAPPER = new ObjectMapper();

    static SmallCheckpoint in(Path directory) throws IOException {
        SmallCheckpoint checkpoint = new SmallCheckpoint(directory);
        checkpoint.write(TOKENIZER, """
                {
                  "version": "1.0",
                  "truncation": null,
                  "padding": null,
                  "added_tokens": [%s, %s, %s, %s],
                  "normalizer": null,
                  "pre_tokenizer": {"type": "WhitespaceSplit"},
                  "post_processor": {
                    "type": "TemplateProcessing",
                    "single": [{"SpecialToken": {"id": "<bos>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                    "special_tokens": {
                      "<bos>": {"id": "<bos>", "ids": [1], "tokens": ["<bos>"]},
                      "<eos>": {"id": "<eos>", "ids": [2], "tokens": ["<eos>"]}
                    }
                  },
                  "decoder": null,
                  "model": {
                    "type": "WordLevel",
                    "vocab": {
                      "<pad>": 0, "<bos>": 1, "<eos>": 2, "<unk>": 3,
                      "the": 4, "miller": 5, "mends": 6, "clock": 7,
                      "user": 8, "assistant": 9, "<|im_start|>": 10, "<|im_end|>": 11
                    },
                    "unk_token": "<unk>"
                  }
                }
                """.formatted(
                        added(PAD, "<pad>"), added(BOS, "<bos>"), added(EOS, "<eos>"), added(UNK, "<unk>")));
        checkpoint.write(TOKENIZER_CONFIG, """
                {
                  "bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>",
                  "tokenizer_class": "PreTrainedTokenizerFast"
                }
                """);
        return checkpoint;
    }

    static String added(int id, String token) {
        return """
                {"id": %d, "content": "%s", "single_word": false, "lstrip": false, "rstrip": false,
                 "normalized": false, "special": true}""".formatted(id, token);
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    SmallCheckpoint write(String name, String content) throws IOException {
        Files.writeString(file(name), content);
        return this;
    }

    SmallCheckpoint edit(String name, Consumer<ObjectNode> change) throws IOException {
        ObjectNode content = (ObjectNode) MAPPER.readTree(file(name).toFile());
        change.accept(content);
        return write(name, content.toString());
    }

    Tokenizer load() {
        return Tokenizer.load(directory);
    }
}
