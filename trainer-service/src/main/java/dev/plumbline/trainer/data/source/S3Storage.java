package dev.plumbline.trainer.data.source;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Objects of Amazon's S3, or of a storage that speaks like it. Nothing is looked for before the first call. */
public final class S3Storage implements ObjectStorage {
    private final S3Settings settings;
    private @Nullable S3Client client;

    public S3Storage(S3Settings settings) {
        this.settings = settings;
    }

    @Override
    public List<DataFile> list(String bucket, String prefix) throws IOException {
        try {
            return client()
                    .listObjectsV2Paginator(request -> request.bucket(bucket).prefix(prefix))
                    .contents()
                    .stream()
                    .<DataFile>map(object -> new Entry(bucket, object))
                    .toList();
        } catch (SdkException e) {
            throw new IOException("s3://" + bucket + "/" + prefix + ": " + e.getMessage(), e);
        }
    }

    private synchronized S3Client client() {
        if (client == null) {
            S3ClientBuilder builder = S3Client.builder()
                    .httpClientBuilder(UrlConnectionHttpClient.builder())
                    .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
            settings.endpoint()
                    .ifPresent(endpoint -> builder.endpointOverride(endpoint)
                            .forcePathStyle(true)
                            .region(Region.of(settings.region().orElse("us-east-1"))));
            settings.region().map(Region::of).ifPresent(builder::region);
            client = builder.build();
        }
        return client;
    }

    /** An object as it was listed. */
    private final class Entry implements DataFile {
        private final String bucket;
        private final String key;
        private final String tag;
        private final long length;

        Entry(String bucket, S3Object object) {
            this.bucket = bucket;
            this.key = object.key();
            this.tag = object.eTag();
            this.length = object.size();
        }

        @Override
        public String name() {
            return "s3://" + bucket + "/" + key;
        }

        @Override
        public String digest() {
            return "etag:" + tag;
        }

        @Override
        public InputStream open() throws IOException {
            return new ResumedStream(length, this::openAt);
        }

        /** Refuses an object that has been replaced since it was listed. */
        private InputStream openAt(long from) throws IOException {
            try {
                GetObjectRequest.Builder request =
                        GetObjectRequest.builder().bucket(bucket).key(key).ifMatch(tag);
                if (from > 0) {
                    request.range("bytes=" + from + "-");
                }
                return new AbortedStream(client().getObject(request.build()));
            } catch (SdkException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
    }
}
