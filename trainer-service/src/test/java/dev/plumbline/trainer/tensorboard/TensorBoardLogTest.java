package dev.plumbline.trainer.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import com.google.protobuf.UnknownFieldSet;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads the files as their format says, with a checksum of its own; TensorBoard itself reads them alike. */
final class TensorBoardLogTest {
    private static final Run RUN = Run.newBuilder()
            .setRunId("chat")
            .setCreatedAt(Timestamp.newBuilder().setSeconds(1_769_881_502))
            .build();

    @TempDir
    Path directory;

    private final TensorBoardLog log =
            new TensorBoardLog(Clock.fixed(Instant.parse("2026-01-31T17:45:02Z"), ZoneOffset.UTC));

    @Test
    void figuresAreReadBackAtTheirSteps() throws IOException {
        log.resumed(RUN, directory, 0, List.of());
        log.measured(RUN, point(1, Map.of("loss", 2.5)));
        log.measured(RUN, point(2, Map.of("loss", 0.1, "objective/kl", Double.NaN)));
        log.ended(RUN);
        log.measured(RUN, point(3, Map.of("loss", 1.0)));

        assertThat(events(files().get(0)))
                .containsExactly(
                        "0 version brain.Event:2", "0 start", "1 loss 2.5", "2 loss 0.1", "2 objective/kl NaN");
    }

    @Test
    void aRunThatIsTakenUpAgainHasAFileOfItsOwnThatVoidsLaterStepsAndRepeatsTheCheckpoints() throws IOException {
        log.resumed(RUN, directory, 0, List.of());
        log.measured(RUN, point(1, Map.of("loss", 3.0)));
        log.measured(RUN, point(2, Map.of("loss", 2.0)));
        TensorBoardLog restarted = new TensorBoardLog(Clock.systemUTC());
        restarted.resumed(RUN, directory, 1, List.of(point(1, Map.of("loss", 3.0))));
        restarted.measured(RUN, point(2, Map.of("loss", 2.0)));

        assertThat(files()).hasSize(2);
        assertThat(events(files().get(1)))
                .containsExactly("0 version brain.Event:2", "1 start", "1 loss 3.0", "2 loss 2.0");
    }

    @Test
    void whatTheDiskDoesNotTakeNowIsWrittenBeforeWhatComesNext() throws IOException {
        Path away = directory.resolve("away");
        EventFile file = new EventFile(away.resolve("events"), Instant.EPOCH, 0);
        file.add(Instant.EPOCH, 1, Map.of("loss", 3.0));
        Files.createDirectory(away);
        file.add(Instant.EPOCH, 2, Map.of("loss", 2.0));
        file.close();

        assertThat(events(away.resolve("events")))
                .containsExactly("0 version brain.Event:2", "0 start", "1 loss 3.0", "2 loss 2.0");
    }

    private static MetricsPoint point(long step, Map<String, Double> values) {
        return MetricsPoint.newBuilder().setStep(step).putAllValues(values).build();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    /** TFRecords: length, its checksum, the event, its checksum. */
    private static List<String> events(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<String> events = new ArrayList<>();
        while (bytes.hasRemaining()) {
            byte[] length = new byte[Long.BYTES];
            bytes.get(length);
            assertThat(bytes.getInt()).isEqualTo(masked(length));
            byte[] event = new byte
                    [(int) ByteBuffer.wrap(length)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getLong()];
            bytes.get(event);
            assertThat(bytes.getInt()).isEqualTo(masked(event));
            describe(UnknownFieldSet.parseFrom(event), events);
        }
        return events;
    }

    private static void describe(UnknownFieldSet event, List<String> events) throws IOException {
        long step = event.getField(2).getVarintList().stream().findFirst().orElse(0L);
        event.getField(3)
                .getLengthDelimitedList()
                .forEach(version -> events.add(step + " version " + version.toStringUtf8()));
        event.getField(7).getLengthDelimitedList().forEach(session -> events.add(step + " start"));
        List<String> values = new ArrayList<>();
        for (var summary : event.getField(5).getLengthDelimitedList()) {
            for (var value : UnknownFieldSet.parseFrom(summary).getField(1).getLengthDelimitedList()) {
                UnknownFieldSet fields = UnknownFieldSet.parseFrom(value);
                values.add(step + " "
                        + fields.getField(1).getLengthDelimitedList().get(0).toStringUtf8() + " "
                        + Float.intBitsToFloat(
                                fields.getField(2).getFixed32List().get(0)));
            }
        }
        values.stream().sorted().forEach(events::add);
    }

    /** CRC-32C bit by bit (Castagnoli, reflected), rotated and shifted as TFRecords have it. */
    private static int masked(byte[] bytes) {
        int crc = -1;
        for (byte each : bytes) {
            crc ^= each & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc >>> 1) ^ ((crc & 1) * 0x82f63b78);
            }
        }
        crc = ~crc;
        return ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
    }
}
