package dev.plumbline.trainer.provenance;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.DataFile;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.trainer.data.source.DataException;
import dev.plumbline.trainer.data.source.DataSources;
import dev.plumbline.trainer.run.RunFailure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The digest of every file that a spec's data names. */
final class DataDigests {
    private final DataSources sources;
    private final List<DataFile> files = new ArrayList<>();

    private DataDigests(DataSources sources) {
        this.sources = sources;
    }

    static List<DataFile> of(RunSpec spec, DataSources sources) {
        DataDigests digests = new DataDigests(sources);
        digests.visit("", spec);
        return digests.files;
    }

    /** Data may be anywhere in a spec. */
    private void visit(String path, Message message) {
        if (message instanceof Data data) {
            add(path + "path", data.getPath());
            add(path + "eval_path", data.getEvalPath());
            return;
        }
        message.getAllFields().forEach((field, value) -> {
            if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isRepeated()) {
                visit(path + field.getName() + ".", (Message) value);
            }
        });
    }

    private void add(String field, String given) {
        if (given.isEmpty()) {
            return;
        }
        try {
            for (var file : sources.files(given)) {
                files.add(DataFile.newBuilder()
                        .setField(field)
                        .setPath(file.name())
                        .setDigest(file.digest())
                        .build());
            }
        } catch (DataException | IOException e) {
            throw new RunFailure(field + ": " + given + " cannot be read any more (" + e.getMessage()
                    + "); put it back where it was when the run was accepted, and start a new run");
        }
    }
}
