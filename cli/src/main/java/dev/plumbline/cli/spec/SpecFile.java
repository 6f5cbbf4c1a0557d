package dev.plumbline.cli.spec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.google.protobuf.Message;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A spec in YAML: {@code name}, {@code seed}, {@code guardrails} and the keys of the stage's message, in snake_case; enum values by their
 * short names ({@code too_long: drop}). Relative paths are resolved against the spec's directory.
 */
public final class SpecFile {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private SpecFile() {}

    /**
     * Reads a spec.
     *
     * @param seed goes before the spec's own
     * @throws SpecException with every unknown key and bad value
     */
    public static RunSpec read(Path file, Stage stage, OptionalLong seed) {
        ObjectNode root = parse(file);
        List<String> problems = new ArrayList<>();
        RunSpec.Builder run = RunSpec.newBuilder();
        run.setName(name(root.remove("name"), file, problems));
        JsonNode ownSeed = root.remove("seed");
        if (seed.isPresent()) {
            run.setSeed(seed.getAsLong());
        } else if (ownSeed != null && !ownSeed.canConvertToLong()) {
            problems.add("seed must be a whole number, got " + ownSeed);
        } else if (ownSeed != null) {
            run.setSeed(ownSeed.asLong());
        }
        SpecReader reader = new SpecReader(file.toAbsolutePath().resolveSibling(""), problems);
        JsonNode guardrails = root.remove("guardrails");
        if (guardrails != null) {
            reader.read(root.objectNode().set("guardrails", guardrails), run);
        }
        Message.Builder message = stage.builder();
        reader.read(root, message);
        if (!problems.isEmpty()) {
            throw new SpecException(file, problems);
        }
        stage.put(run, message.build());
        return run.build();
    }

    /**
     * Reads a reward alone: the keys of {@code RewardSpec}.
     *
     * @throws SpecException with every unknown key and bad value
     */
    public static RewardSpec readReward(Path file) {
        List<String> problems = new ArrayList<>();
        RewardSpec.Builder reward = RewardSpec.newBuilder();
        new SpecReader(file.toAbsolutePath().resolveSibling(""), problems).read(parse(file), reward);
        if (!problems.isEmpty()) {
            throw new SpecException(file, problems);
        }
        return reward.build();
    }

    private static String name(@Nullable JsonNode name, Path file, List<String> problems) {
        if (name == null) {
            return file.getFileName().toString().replaceFirst("\\.ya?ml$", "");
        }
        if (!name.isTextual()) {
            problems.add("name must be text, got " + name);
        }
        return name.asText();
    }

    private static ObjectNode parse(Path file) {
        try {
            JsonNode root = YAML.readTree(Files.readString(file));
            if (root instanceof ObjectNode object) {
                return object;
            }
            String got = root.isMissingNode() ? "nothing" : root.toString();
            throw new SpecException(file, List.of("a spec is a list of \"key: value\" lines, got " + got));
        } catch (NoSuchFileException e) {
            throw new SpecException("there is no spec " + file, e);
        } catch (CharacterCodingException e) {
            throw new SpecException(file + " is no text in UTF-8; a spec is YAML", e);
        } catch (MismatchedInputException e) {
            throw new SpecException(file + " holds more than one document; a spec is one", e);
        } catch (JsonProcessingException e) {
            throw new SpecException(
                    file + " is not YAML: " + e.getOriginalMessage() + " (line "
                            + e.getLocation().getLineNr() + ")",
                    e);
        } catch (IOException e) {
            throw new SpecException(file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
