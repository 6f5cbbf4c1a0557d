package dev.plumbline.serving.page;

import dev.plumbline.serving.error.CallerFault;
import java.util.List;
import java.util.function.Function;

/** A page of a list; the next one starts after the last item of this one, whatever was added before it meanwhile. */
public record Page<T>(List<T> items, String nextToken) {
    private static final int DEFAULT_SIZE = 50;
    private static final int LARGEST = 1000;

    /**
     * The page after the one that ended with this token.
     *
     * @param size the most items; 0 for the default
     * @param token the name of the last item of the page before; empty for the first page
     */
    public static <T> Page<T> of(List<T> all, Function<T, String> name, int size, String token) {
        if (size < 0 || size > LARGEST) {
            throw CallerFault.invalid(
                    "INVALID_PAGE", "page_size", "page_size must be from 0 (50) to " + LARGEST + ", got " + size);
        }
        int from = 0;
        if (!token.isEmpty()) {
            while (from < all.size() && !name.apply(all.get(from)).equals(token)) {
                from++;
            }
            if (from == all.size()) {
                throw CallerFault.invalid(
                        "INVALID_PAGE", "page_token", "page_token \"" + token + "\" is none of this list; start anew");
            }
            from++;
        }
        int to = Math.min(all.size(), from + (size == 0 ? DEFAULT_SIZE : size));
        List<T> items = List.copyOf(all.subList(from, to));
        return new Page<>(items, to < all.size() ? name.apply(all.get(to - 1)) : "");
    }
}
