package dev.plumbline.trainer.page;

import java.util.List;

/** Text and tables in a page that has placeholders in double braces. */
final class Html {
    private Html() {}

    /** Text as it is: no tag, and no placeholder. */
    static String text(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("{", "&#123;");
    }

    /** Rows of text under a header. */
    static final class Table {
        private final StringBuilder html = new StringBuilder("<div class=\"wide\"><table>\n<thead><tr>");

        Table(List<String> header) {
            header.forEach(name -> html.append("<th>").append(text(name)).append("</th>"));
            html.append("</tr></thead>\n<tbody>\n");
        }

        void row(List<String> cells) {
            html.append("<tr>");
            cells.forEach(cell -> html.append("<td>").append(text(cell)).append("</td>"));
            html.append("</tr>\n");
        }

        String html() {
            return html + "</tbody>\n</table></div>\n";
        }
    }
}
