package dev.plumbline.cli.quickstart;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The report as one page that needs nothing else: curves by uPlot, which is inlined, and a table without scripts. */
final class ReportPage {
    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";
    private static final String TEMPLATE = "/dev/plumbline/cli/quickstart/report.html";

    private final Report report;

    ReportPage(Report report) {
        this.report = report;
    }

    String html() throws IOException {
        String page = resource(TEMPLATE);
        for (Map.Entry<String, String> part : parts().entrySet()) {
            page = page.replace("{{" + part.getKey() + "}}", part.getValue());
        }
        return page;
    }

    private Map<String, String> parts() throws IOException {
        Contest contest = report.contest();
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put("seed", String.valueOf(report.plan().seed()));
        parts.put("control", report.plan().shuffleRanks() ? controlNote() : "");
        parts.put("win_rate", percent(contest.winRate()));
        parts.put("prompts", String.valueOf(contest.prompts()));
        parts.put("equal_length", contest.equalLengthPairs() == 0 ? "none" : percent(contest.equalLengthWinRate()));
        parts.put("equal_length_pairs", String.valueOf(contest.equalLengthPairs()));
        parts.put("kl", number(report.ppo().last(Report.KL)));
        parts.put("accuracy", percent(report.rewardModel().last(Report.ACCURACY)));
        parts.put("figures", figures());
        parts.put("samples", samples());
        parts.put("steps", steps());
        parts.put("seconds", seconds(report.totalSeconds()));
        // Last: what is in a script cannot be taken for a placeholder.
        parts.put("uplot.css", resource(UPLOT + "uPlot.min.css"));
        parts.put("data", data());
        parts.put("uplot.js", resource(UPLOT + "uPlot.iife.min.js"));
        return parts;
    }

    private static String controlNote() {
        return "<p class=\"note\">Negative control: the ranks were shuffled, so there was nothing to learn from them, and"
                + " a win rate near 50&nbsp;% is the right outcome.</p>";
    }

    private String figures() {
        StringBuilder rows = new StringBuilder();
        row(
                rows,
                "Fine-tuning, held-out loss",
                number(report.sft().first(Report.LOSS)),
                number(report.sft().last(Report.LOSS)));
        row(
                rows,
                "Reward on held-out prompts",
                number(report.ppo().first(Report.REWARD)),
                number(report.ppo().last(Report.REWARD)));
        row(
                rows,
                "Judge's utility on held-out prompts",
                number(report.contest().utilityBefore()),
                number(report.contest().utilityAfter()));
        row(
                rows,
                "KL to the fine-tuned model, nats per answer",
                "0",
                number(report.ppo().last(Report.KL)));
        row(rows, "PPO steps", "", String.valueOf(report.ppo().run().getStep()));
        row(
                rows,
                "First-pass ratio error, largest",
                "",
                String.format(Locale.ROOT, "%.1e", report.ppo().largest(Report.RATIO_ERROR)));
        row(
                rows,
                "Model versions that answered",
                "",
                String.valueOf(report.log().versionsServed().size()));
        row(
                rows,
                "Kafka records: prompts, rollouts, trajectories",
                "",
                report.log().prompts() + ", " + report.log().rollouts() + ", "
                        + report.log().trajectories());
        row(
                rows,
                "Seconds: base, fine-tuning, reward model, PPO",
                "",
                Stream.of(report.base(), report.sft(), report.rewardModel(), report.ppo())
                        .map(run -> seconds(run.seconds()))
                        .collect(Collectors.joining(", ")));
        return rows.toString();
    }

    private static void row(StringBuilder rows, String name, String before, String after) {
        rows.append("<tr><th scope=\"row\">")
                .append(name)
                .append("</th><td>")
                .append(before)
                .append("</td><td>")
                .append(after)
                .append("</td></tr>\n");
    }

    private String samples() {
        StringBuilder rows = new StringBuilder();
        for (Contest.Duel duel : report.samples()) {
            rows.append("<tr><td>")
                    .append(escaped(duel.prompt()))
                    .append("</td><td>")
                    .append(escaped(duel.before()))
                    .append("</td><td>")
                    .append(duel.utilityBefore())
                    .append("</td><td>")
                    .append(escaped(duel.after()))
                    .append("</td><td>")
                    .append(duel.utilityAfter())
                    .append("</td></tr>\n");
        }
        return rows.toString();
    }

    private String steps() {
        List<RunRecord.Value> reward = report.ppo().series(Report.STEP_REWARD);
        List<RunRecord.Value> kl = report.ppo().series(Report.STEP_KL);
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < Math.min(reward.size(), kl.size()); i++) {
            rows.append("<tr><td>")
                    .append(reward.get(i).step())
                    .append("</td><td>")
                    .append(number(reward.get(i).value()))
                    .append("</td><td>")
                    .append(number(kl.get(i).value()))
                    .append("</td></tr>\n");
        }
        return rows.toString();
    }

    /** Numbers only: nothing in it can end the script it stands in. */
    private String data() {
        ObjectNode data = new ObjectMapper().createObjectNode();
        ArrayNode steps = data.putArray("steps");
        ArrayNode reward = data.putArray("reward");
        ArrayNode kl = data.putArray("kl");
        report.ppo().series(Report.STEP_REWARD).forEach(value -> {
            steps.add(value.step());
            reward.add(value.value());
        });
        report.ppo().series(Report.STEP_KL).forEach(value -> kl.add(value.value()));
        return data.toString();
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f&nbsp;%%", 100 * share);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static String seconds(double value) {
        return String.format(Locale.ROOT, "%.0f", value);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("{", "&#123;");
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("the class path lacks " + name + "; build plumbline again");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
