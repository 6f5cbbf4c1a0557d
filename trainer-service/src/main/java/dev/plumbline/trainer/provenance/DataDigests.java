package dev.plumbline.trainer.provenance;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.DataFile;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.trainer.run.RunFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** SHA-256 of every file that a spec's data names, of directories file by file. */
final class DataDigests {
    private final List<DataFile> files = new ArrayList<>();

    private DataDigests() {}

    static List<DataFile> of(RunSpec spec) {
        DataDigests digests = new DataDigests();
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

    private void add(String field, String name) {
        if (name.isEmpty()) {
            return;
        }
        if (name.contains("://")) {
            files.add(DataFile.newBuilder().setField(field).setPath(name).build());
            return;
        }
        try (Stream<Path> tree = Files.walk(Path.of(name))) {
            for (Path file : tree.filter(Files::isRegularFile).sorted().toList()) {
                files.add(digest(field, file));
            }
        } catch (IOException e) {
            throw new RunFailure(field + ": " + name + " cannot be read any more (" + e
                    + "); put it back where it was when the run was accepted, and start a new run");
        }
    }

    private static DataFile digest(String field, Path file) throws IOException {
        MessageDigest sha256 = sha256();
        long size;
        try (InputStream bytes = new DigestInputStream(Files.newInputStream(file), sha256)) {
            size = bytes.transferTo(OutputStream.nullOutputStream());
        }
        return DataFile.newBuilder()
                .setField(field)
                .setPath(file.toString())
                .setSize(size)
                .setSha256(HexFormat.of().formatHex(sha256.digest()))
                .build();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
