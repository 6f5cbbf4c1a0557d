package dev.plumbline.trainer.data;

import dev.plumbline.lm.text.ChatMessage;
import dev.plumbline.lm.text.Content;
import dev.plumbline.lm.text.Conversation;
import dev.plumbline.lm.text.ToolCall;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A prompt with its tokens, as it was written and with the right answer if that is known. */
record PromptForm() implements BinaryForm<PromptTokens> {
    @Override
    public void write(PromptTokens example, DataOutputStream out) throws IOException {
        BinaryFields.writeInts(out, example.ids());
        out.writeBoolean(example.cut());
        BinaryFields.writeTexts(out, example.question().groundTruth().stream().toList());
        PromptContent content = example.question().prompt();
        out.writeBoolean(content instanceof PromptContent.Chat);
        if (content instanceof PromptContent.Chat chat) {
            writeConversation(chat.conversation(), out);
        } else {
            BinaryFields.writeText(out, ((PromptContent.Text) content).text());
        }
    }

    @Override
    public PromptTokens read(DataInputStream in) throws IOException {
        int[] ids = BinaryFields.readInts(in);
        boolean cut = in.readBoolean();
        Optional<String> groundTruth = BinaryFields.readTexts(in).stream().findFirst();
        PromptContent content = in.readBoolean()
                ? new PromptContent.Chat(readConversation(in))
                : new PromptContent.Text(BinaryFields.readText(in));
        return new PromptTokens(new Question(content, groundTruth), ids, cut);
    }

    private static void writeConversation(Conversation conversation, DataOutputStream out) throws IOException {
        BinaryFields.writeTexts(out, conversation.toolsJson());
        BinaryFields.writeText(out, conversation.chatTemplateKwargsJson());
        out.writeInt(conversation.messages().size());
        for (ChatMessage turn : conversation.messages()) {
            BinaryFields.writeTexts(
                    out,
                    List.of(
                            turn.role(),
                            turn.content().text(),
                            turn.reasoningContent(),
                            turn.name(),
                            turn.toolCallId()));
            BinaryFields.writeTexts(out, turn.content().parts());
            out.writeInt(turn.toolCalls().size());
            for (ToolCall call : turn.toolCalls()) {
                BinaryFields.writeTexts(out, List.of(call.id(), call.name(), call.argumentsJson()));
            }
        }
    }

    private static Conversation readConversation(DataInputStream in) throws IOException {
        List<String> tools = BinaryFields.readTexts(in);
        String kwargs = BinaryFields.readText(in);
        int turns = in.readInt();
        List<ChatMessage> messages = new ArrayList<>();
        for (int i = 0; i < turns; i++) {
            List<String> fields = BinaryFields.readTexts(in);
            List<String> parts = BinaryFields.readTexts(in);
            int calls = in.readInt();
            List<ToolCall> toolCalls = new ArrayList<>();
            for (int j = 0; j < calls; j++) {
                List<String> call = BinaryFields.readTexts(in);
                toolCalls.add(new ToolCall(call.get(0), call.get(1), call.get(2)));
            }
            Content content = parts.isEmpty() ? new Content.Text(fields.get(1)) : new Content.Parts(parts);
            messages.add(
                    new ChatMessage(fields.get(0), content, fields.get(2), toolCalls, fields.get(3), fields.get(4)));
        }
        return new Conversation(messages, tools, kwargs);
    }
}
