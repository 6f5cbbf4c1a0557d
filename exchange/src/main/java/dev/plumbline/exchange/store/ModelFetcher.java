package dev.plumbline.exchange.store;

import dev.plumbline.exchange.ExchangeUnavailableException;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Collection;
import java.util.function.Function;

/**
 * Brings published versions onto this disk and verifies them against what was announced. {@code file:} versions are used
 * where they are, {@code grpc:} versions are streamed into a cache that survives restarts. A download that broke off
 * goes on where it stopped.
 */
public final class ModelFetcher implements AutoCloseable {

    private final Path cache;
    private final TrainerChannel trainer;
    private final ModelDownload download;

    /**
     * A fetcher with its cache, which belongs to this process alone.
     *
     * @param cache a directory, created if missing
     * @param channels makes a channel to {@code host:port}; the fetcher keeps it until it is closed
     * @param timeout the longest one attempt to download may take
     */
    public ModelFetcher(Path cache, Function<String, ManagedChannel> channels, Duration timeout) {
        this.cache = cache.toAbsolutePath().normalize();
        trainer = new TrainerChannel(channels, timeout);
        download = new ModelDownload(this.cache.resolve(".partial"), trainer);
        try {
            Files.createDirectories(this.cache);
        } catch (IOException e) {
            throw new UncheckedIOException("the model cache " + cache + " cannot be created", e);
        }
    }

    /**
     * Directory of a version whose every file was verified.
     *
     * @throws BadModelException if what is there is not what was published
     * @throws ExchangeUnavailableException if the source does not answer; a later attempt goes on from there
     */
    public synchronized Path fetch(ModelPublished published) {
        ModelVersion version = new ModelVersion(published.getName(), published.getVersion());
        URI uri = uri(version, published.getUri());
        String scheme = uri.getScheme() == null ? "" : uri.getScheme();
        return switch (scheme) {
            case "file" -> verified(version, published, local(version, uri));
            case "grpc" -> downloaded(version, published, authority(version, uri));
            default ->
                throw new BadModelException(version + " is at \"" + uri + "\": only file: and grpc: can be read here");
        };
    }

    /** Removes every version from the cache, complete or not, but these. */
    public synchronized void retain(Collection<ModelVersion> wanted) {
        ModelStore cached = new ModelStore(cache);
        for (ModelVersion version : cached.list()) {
            if (!wanted.contains(version)) {
                cached.delete(version);
            }
        }
        download.retain(wanted);
    }

    /** Lets go of the source; what was fetched stays in the cache. */
    @Override
    public synchronized void close() {
        trainer.close();
    }

    private Path downloaded(ModelVersion version, ModelPublished published, String target) {
        Path directory = cache.resolve(version.name()).resolve(String.valueOf(version.version()));
        try {
            if (Files.exists(directory)) {
                try {
                    return verified(version, published, directory);
                } catch (BadModelException stale) {
                    // Another version of the same number, or a damaged copy: the source has the right one.
                    Directories.delete(directory);
                }
            }
            Path complete = download.fetch(version, target, published.getManifestSha256());
            Files.createDirectories(directory.getParent());
            // Not forced to the disk: what a power failure leaves fails its digest and is fetched again.
            Files.move(complete, directory, StandardCopyOption.ATOMIC_MOVE);
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(version + " cannot be kept in " + cache + ": " + e.getMessage(), e);
        }
    }

    private static Path verified(ModelVersion version, ModelPublished published, Path directory) {
        Path manifest = directory.resolve(Manifest.FILE_NAME);
        try {
            String digest = Sha256.of(manifest);
            if (!digest.equals(published.getManifestSha256())) {
                throw new BadModelException(manifest + " of " + version + " has SHA-256 " + digest + ", published was "
                        + published.getManifestSha256());
            }
        } catch (IOException e) {
            throw new BadModelException(manifest + " of " + version + " cannot be read: " + e, e);
        }
        Manifest.read(directory).verify(directory);
        return directory;
    }

    private static Path local(ModelVersion version, URI uri) {
        try {
            return Path.of(uri);
        } catch (IllegalArgumentException e) {
            throw new BadModelException(
                    version + " is at \"" + uri + "\", which is no file of this machine: " + e.getMessage(), e);
        }
    }

    private static String authority(ModelVersion version, URI uri) {
        String authority = uri.getAuthority();
        if (authority == null) {
            throw new BadModelException(version + " is at \"" + uri + "\", which names no host:port");
        }
        return authority;
    }

    private static URI uri(ModelVersion version, String text) {
        try {
            return URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new BadModelException(version + " is at \"" + text + "\", which is not a URI", e);
        }
    }
}
