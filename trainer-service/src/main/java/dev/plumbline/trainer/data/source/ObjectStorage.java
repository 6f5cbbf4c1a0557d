package dev.plumbline.trainer.data.source;

import java.io.IOException;
import java.util.List;

/** Files in buckets. The seam at which another kind of storage attaches. */
public interface ObjectStorage {
    /** Storage of a trainer that is to read its own disk alone. */
    ObjectStorage NONE = (bucket, prefix) -> {
        throw new IOException("this trainer reads no object storage");
    };

    /** All objects of a bucket whose keys begin so; their names are "s3://bucket/key". */
    List<DataFile> list(String bucket, String prefix) throws IOException;
}
