package dev.plumbline.serving.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * The tokens of one role: some written in the setting, the others in files, one a line, which are read again and again, so
 * that they can be replaced while the service runs. Safe for several threads.
 */
public final class Tokens {
    private static final Logger LOG = Logger.getLogger(Tokens.class);
    private static final String FILE = "file:";

    private final String setting;
    private final List<Token> written = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    /** Of each file that could be read, what was read last. */
    private volatile Map<Path, List<Token>> read = Map.of();
    /** What was wrong the last time, so that it is said once. */
    private List<String> complaints = List.of();

    private Tokens(String setting) {
        this.setting = setting;
    }

    /**
     * Reads a setting.
     *
     * @param setting its name, for people
     * @param entries secrets, or {@code file:} and the path of a file of secrets
     */
    public static Tokens of(String setting, List<String> entries) {
        Tokens tokens = new Tokens(setting);
        for (int i = 0; i < entries.size(); i++) {
            String entry = entries.get(i).strip();
            if (entry.startsWith(FILE)) {
                tokens.files.add(Path.of(entry.substring(FILE.length())));
            } else {
                tokens.write(setting + "[" + i + "]", entry);
            }
        }
        tokens.readAgain();
        tokens.problems.addAll(tokens.complaints);
        return tokens;
    }

    private void write(String place, String secret) {
        try {
            written.add(Token.of(secret));
        } catch (IllegalArgumentException e) {
            problems.add(place + ": " + e.getMessage());
        }
    }

    /** Whether the setting has any entry. */
    public boolean areSet() {
        return !written.isEmpty() || !files.isEmpty() || !problems.isEmpty();
    }

    /** What was wrong with the setting at the start; no secret is told. */
    public List<String> problems() {
        return List.copyOf(problems);
    }

    /** Reads the files again. Of one that cannot be used, the tokens stay that it had. */
    public synchronized void readAgain() {
        Map<Path, List<Token>> now = new LinkedHashMap<>(read);
        List<String> wrong = new ArrayList<>();
        for (Path file : files) {
            try (Stream<String> lines = Files.lines(file, UTF_8)) {
                List<Token> tokens = lines.map(String::strip)
                        .filter(line -> !line.isEmpty())
                        .map(Token::of)
                        .toList();
                if (tokens.isEmpty()) {
                    throw new IllegalArgumentException("it has no token");
                }
                now.put(file, tokens);
            } catch (IOException | RuntimeException e) {
                wrong.add(setting + ": " + file + " cannot be used: " + e.getMessage());
            }
        }
        wrong.stream()
                .filter(complaint -> !complaints.contains(complaint))
                .forEach(complaint -> LOG.warnf("%s; the tokens that it had stay", complaint));
        complaints = List.copyOf(wrong);
        read = Map.copyOf(now);
    }

    /** Whether this is one of them; takes as long whichever it is. */
    boolean have(Token shown) {
        boolean known = false;
        for (Token token : written) {
            known |= token.matches(shown);
        }
        for (List<Token> tokens : read.values()) {
            for (Token token : tokens) {
                known |= token.matches(shown);
            }
        }
        return known;
    }
}
