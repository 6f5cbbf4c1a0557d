package dev.plumbline.trainer.data.source;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that speaks as much of S3 as reading takes: lists of two keys a page, whole objects and ranges of them, only as
 * long as the tag fits. Asks for a signature, and does not check it.
 */
public final class SmallS3 implements AutoCloseable {
    private static final int KEYS_A_PAGE = 2;

    private final ConcurrentSkipListMap<String, byte[]> objects = new ConcurrentSkipListMap<>();
    private final AtomicInteger toBreak = new AtomicInteger();
    private final AtomicInteger reads = new AtomicInteger();
    private final HttpServer server;

    public SmallS3() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/bucket", this::answer);
        server.createContext("/", exchange -> refuse(exchange, 404, "NoSuchBucket"));
        server.start();
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    public void put(String key, String content) {
        objects.put(key, content.getBytes(StandardCharsets.UTF_8));
    }

    /** The next answers with an object end in the middle of what is left. */
    public void breakNext(int answers) {
        toBreak.set(answers);
    }

    /** How many objects, or ranges of them, were asked for. */
    public int reads() {
        return reads.get();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (!exchange.getRequestHeaders().containsKey("Authorization")) {
            refuse(exchange, 403, "AccessDenied");
        } else if (path.equals("/bucket") || path.equals("/bucket/")) {
            list(exchange);
        } else {
            read(exchange, path.substring("/bucket/".length()));
        }
    }

    private void list(HttpExchange exchange) throws IOException {
        Map<String, String> query = new TreeMap<>();
        for (String part : exchange.getRequestURI().getRawQuery().split("&", -1)) {
            String[] pair = part.split("=", 2);
            query.put(pair[0], pair.length > 1 ? URLDecoder.decode(pair[1], StandardCharsets.UTF_8) : "");
        }
        String prefix = query.getOrDefault("prefix", "");
        Iterator<Map.Entry<String, byte[]>> found =
                objects.tailMap(query.getOrDefault("continuation-token", ""), false).entrySet().stream()
                        .filter(object -> object.getKey().startsWith(prefix))
                        .iterator();
        StringBuilder page = new StringBuilder("<ListBucketResult><Name>bucket</Name>");
        String last = "";
        for (int i = 0; i < KEYS_A_PAGE && found.hasNext(); i++) {
            Map.Entry<String, byte[]> object = found.next();
            last = object.getKey();
            page.append("<Contents><Key>%s</Key><ETag>%s</ETag><Size>%d</Size></Contents>"
                    .formatted(last, tag(object.getValue()).replace("\"", "&quot;"), object.getValue().length));
        }
        page.append("<IsTruncated>").append(found.hasNext()).append("</IsTruncated>");
        if (found.hasNext()) {
            page.append("<NextContinuationToken>").append(last).append("</NextContinuationToken>");
        }
        byte[] body = page.append("</ListBucketResult>").toString().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    private void read(HttpExchange exchange, String key) throws IOException {
        reads.incrementAndGet();
        byte[] content = objects.get(key);
        if (content == null) {
            refuse(exchange, 404, "NoSuchKey");
            return;
        }
        List<String> tags = exchange.getRequestHeaders().getOrDefault("If-Match", List.of(tag(content)));
        if (!tags.contains(tag(content))) {
            refuse(exchange, 412, "PreconditionFailed");
            return;
        }
        List<String> ranges = exchange.getRequestHeaders().getOrDefault("Range", List.of());
        int from = ranges.isEmpty()
                ? 0
                : Integer.parseInt(ranges.get(0).replace("bytes=", "").replace("-", ""));
        exchange.getResponseHeaders().set("ETag", tag(content));
        exchange.sendResponseHeaders(ranges.isEmpty() ? 200 : 206, content.length - from);
        int end = toBreak.getAndUpdate(left -> Math.max(0, left - 1)) > 0
                ? from + (content.length - from) / 2
                : content.length;
        exchange.getResponseBody().write(content, from, end - from);
        exchange.close();
    }

    private static String tag(byte[] content) {
        return "\"" + Integer.toHexString(Arrays.hashCode(content)) + "\"";
    }

    private static void refuse(HttpExchange exchange, int status, String code) throws IOException {
        byte[] body = ("<Error><Code>" + code + "</Code><Message>" + code + " it is</Message></Error>")
                .getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }
}
