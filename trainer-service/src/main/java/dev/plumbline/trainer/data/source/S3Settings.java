package dev.plumbline.trainer.data.source;

import java.net.URI;
import java.util.Optional;

/**
 * Where objects are. Credentials come from where Amazon's tools take them: the environment, a profile, the machine's role.
 *
 * @param endpoint of a storage that speaks S3 and is not Amazon's
 * @param region of the buckets; else as Amazon's tools take it, or with an endpoint us-east-1
 */
public record S3Settings(Optional<URI> endpoint, Optional<String> region) {
    public S3Settings {
        endpoint.ifPresent(uri -> {
            if (uri.getHost() == null
                    || uri.getScheme() == null
                    || !uri.getScheme().matches("https?")) {
                throw new IllegalArgumentException(
                        "plumbline.trainer.s3.endpoint must be http://host:port or https://host, got " + uri);
            }
        });
    }
}
