package dev.plumbline.lm.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Makes the file that {@code torch.jit.load} reads out of source text: a zip of stored entries with the code, and
 * pickles of a module that has no parameters.
 */
final class KernelArchive {
    /** The newest that libtorch 2.7 reads. Operators have the signatures of this version: GELU takes its kind from 9 on. */
    private static final String FORMAT_VERSION = "10\n";

    private static final byte[] EMPTY_TUPLE = {(byte) 0x80, 2, ')', '.'};

    private KernelArchive() {}

    /** The archive of a class {@code Kernels} with the given methods, each indented by two spaces. */
    static byte[] of(String methods) {
        String code = "class Kernels(Module):\n  __parameters__ = []\n  __buffers__ = []\n" + methods;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, "version", FORMAT_VERSION.getBytes(StandardCharsets.UTF_8));
            store(zip, "code/__torch__.py", code.getBytes(StandardCharsets.UTF_8));
            store(zip, "data.pkl", emptyModule());
            store(zip, "constants.pkl", EMPTY_TUPLE);
        } catch (IOException e) {
            throw new UncheckedIOException("a zip in memory could not be written", e);
        }
        return bytes.toByteArray();
    }

    /** Pickle opcodes of {@code __torch__.Kernels.__new__()} with an empty state. */
    private static byte[] emptyModule() {
        return "\u0080\u0002c__torch__\nKernels\n)\u0081}b.".getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 checksum = new CRC32();
        checksum.update(content);
        ZipEntry entry = new ZipEntry("kernels/" + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
