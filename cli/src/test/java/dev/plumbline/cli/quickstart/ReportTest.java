package dev.plumbline.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final Set<String> VOID = Set.of("meta");
    private static final Pattern TAG = Pattern.compile("<(/?)([a-zA-Z][a-zA-Z0-9]*)[^>]*>");

    @Test
    void reportJsonHasEveryNamedFigure() throws IOException {
        JsonNode json = new ObjectMapper().readTree(report(false).json().toString());
        for (String name : List.of(
                "/sft/eval_loss_before",
                "/sft/eval_loss_after",
                "/reward_model/accuracy",
                "/ppo/steps",
                "/ppo/reward_before",
                "/ppo/reward_after",
                "/ppo/kl",
                "/ppo/first_pass_ratio_error",
                "/gold/win_rate",
                "/gold/win_rate_equal_length",
                "/kafka/prompts",
                "/kafka/rollouts",
                "/kafka/trajectories",
                "/policy/versions_served",
                "/seconds/base",
                "/seconds/sft",
                "/seconds/reward_model",
                "/seconds/ppo",
                "/seconds/total")) {
            assertThat(json.at(name).isNumber()).as(name).isTrue();
        }
        assertThat(json.at("/ppo/reward_before").asDouble()).isEqualTo(-0.5);
        assertThat(json.at("/ppo/reward_after").asDouble()).isEqualTo(2.5);
        assertThat(json.at("/ppo/kl").asDouble()).isEqualTo(3.25);
        assertThat(json.at("/ppo/first_pass_ratio_error").asDouble()).isEqualTo(4e-6);
        assertThat(json.at("/policy/versions_served").asInt()).isEqualTo(3);
    }

    @Test
    void thePageIsWellFormedSelfContainedAndReadableWithoutScripts() throws IOException {
        String page = new ReportPage(report(false)).html();
        assertThat(page).doesNotContain("src=", "href=", "@import").contains("new uPlot(");
        String plain = page.replaceAll("(?s)<script>.*?</script>", "").replaceAll("(?s)<style>.*?</style>", "");
        assertThat(plain)
                .doesNotContain("{{")
                .contains("75.0&nbsp;%", "<td>1</td><td>0.10</td><td>0.50</td>")
                .contains("what color is the fox ?")
                .contains("&lt;unk&gt; &amp; &#123;&#123;seed}}");
        assertThat(unclosed(plain)).isEmpty();
    }

    @Test
    void theNegativeControlSaysThatItIsOne() throws IOException {
        assertThat(new ReportPage(report(true)).html()).contains("Negative control");
        assertThat(new ReportPage(report(false)).html()).doesNotContain("Negative control");
    }

    @Test
    void theSummaryHasSamplesAndFigures() {
        String text = new Outcome(report(false), Path.of("report.json"), Path.of("report.html")).text();
        assertThat(text)
                .contains(
                        "sure ! the fox is red .",
                        "75.0 %",
                        "25.0 % at equal length",
                        "report.html",
                        "3 model versions");
    }

    @Test
    void aStepThatWasLearntAgainCountsOnce() {
        RunRecord run = new RunRecord(
                Run.getDefaultInstance(), List.of(point(1, "x", 1), point(2, "x", 2), point(2, "x", 3)), 1);
        assertThat(run.series("x")).extracting(RunRecord.Value::value).containsExactly(1.0, 3.0);
        assertThat(run.largest("x")).isEqualTo(3);
        assertThatThrownBy(() -> run.last("y")).hasMessageContaining("reported no y");
    }

    /** What was opened and not closed, in order. */
    private static List<String> unclosed(String html) {
        Deque<String> open = new ArrayDeque<>();
        Matcher tags = TAG.matcher(html.replace("<!DOCTYPE html>", ""));
        while (tags.find()) {
            String name = tags.group(2).toLowerCase(Locale.ROOT);
            if (tags.group(1).isEmpty()) {
                if (!VOID.contains(name)) {
                    open.push(name);
                }
            } else {
                assertThat(open.poll()).as("at " + tags.group()).isEqualTo(name);
            }
        }
        return new ArrayList<>(open);
    }

    private static Report report(boolean shuffled) {
        Contest contest = new Contest(
                2,
                0.75,
                0.25,
                8,
                1.5,
                6.25,
                List.of(
                        new Contest.Duel("what color is the fox ?", "ugh ! red .", 1, "sure ! the fox is red .", 8),
                        new Contest.Duel("where ?", "<unk> & {{seed}}", -4, "it lives there .", 4)));
        RunRecord losses = new RunRecord(
                Run.getDefaultInstance(), List.of(point(0, Report.LOSS, 3), point(9, Report.LOSS, 0.7)), 20);
        RunRecord reward = new RunRecord(Run.getDefaultInstance(), List.of(point(9, Report.ACCURACY, 0.875)), 30);
        RunRecord ppo = new RunRecord(
                Run.newBuilder().setStep(2).build(),
                List.of(
                        point(0, Report.REWARD, -0.5, Report.KL, 0),
                        point(1, Report.STEP_REWARD, 0.1, Report.STEP_KL, 0.5, Report.RATIO_ERROR, 4e-6),
                        point(2, Report.STEP_REWARD, 0.9, Report.STEP_KL, 1.5, Report.RATIO_ERROR, 3e-6),
                        point(2, Report.REWARD, 2.5, Report.KL, 3.25)),
                60);
        LogCount log = new LogCount(100, 99, 98, Set.of("policy@2", "policy@3", "policy@4"));
        return new Report(
                new QuickstartPlan(Path.of("out"), 5, shuffled, 1), losses, losses, reward, ppo, contest, log, 150);
    }

    private static MetricsPoint point(long step, Object... namesAndValues) {
        MetricsPoint.Builder point = MetricsPoint.newBuilder().setStep(step);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            point.putValues((String) namesAndValues[i], ((Number) namesAndValues[i + 1]).doubleValue());
        }
        return point.build();
    }
}
