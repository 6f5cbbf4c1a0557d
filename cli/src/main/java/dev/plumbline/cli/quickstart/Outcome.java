package dev.plumbline.cli.quickstart;

import java.nio.file.Path;
import java.util.Locale;

/** The report in words, and where it was written. */
public final class Outcome {
    private static final int SHOWN = 5;

    private final Report report;
    private final Path jsonFile;
    private final Path htmlFile;

    Outcome(Report report, Path jsonFile, Path htmlFile) {
        this.report = report;
        this.jsonFile = jsonFile;
        this.htmlFile = htmlFile;
    }

    /** The contents of report.json. */
    public String json() {
        return report.json().toPrettyString();
    }

    /** What a reader at a terminal wants to know first. */
    public String text() {
        StringBuilder text = new StringBuilder("\nBefore and after, on prompts nobody trained on:\n");
        for (Contest.Duel duel :
                report.samples().subList(0, Math.min(SHOWN, report.samples().size()))) {
            text.append('\n').append("  ").append(duel.prompt()).append('\n');
            say(text, "fine-tuned", duel.before(), duel.utilityBefore());
            say(text, "after PPO", duel.after(), duel.utilityAfter());
        }
        Contest contest = report.contest();
        line(
                text,
                "\nfine-tuning     held-out loss %.3f -> %.3f",
                report.sft().first(Report.LOSS),
                report.sft().last(Report.LOSS));
        line(
                text,
                "reward model    %.1f %% of held-out pairs",
                100 * report.rewardModel().last(Report.ACCURACY));
        line(
                text,
                "PPO             reward %.2f -> %.2f, KL %.2f nats per answer, %d steps, ratio error %.1e",
                report.ppo().first(Report.REWARD),
                report.ppo().last(Report.REWARD),
                report.ppo().last(Report.KL),
                report.ppo().run().getStep(),
                report.ppo().largest(Report.RATIO_ERROR));
        line(
                text,
                "judge           PPO wins %.1f %% of comparisons (%.1f %% at equal length), utility %.2f -> %.2f",
                100 * contest.winRate(),
                100 * contest.equalLengthWinRate(),
                contest.utilityBefore(),
                contest.utilityAfter());
        line(
                text,
                "kafka           %d prompts, %d rollouts, %d trajectories; %d model versions answered",
                report.log().prompts(),
                report.log().rollouts(),
                report.log().trajectories(),
                report.log().versionsServed().size());
        line(
                text,
                "time            base %.0f s, fine-tuning %.0f s, reward model %.0f s, PPO %.0f s, all %.0f s",
                report.base().seconds(),
                report.sft().seconds(),
                report.rewardModel().seconds(),
                report.ppo().seconds(),
                report.totalSeconds());
        return text.append("\nreport          ")
                .append(htmlFile)
                .append("\n                ")
                .append(jsonFile)
                .toString();
    }

    private static void say(StringBuilder text, String who, String answer, int utility) {
        line(text, "    %-11s %3d  %s", who, utility, answer);
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
