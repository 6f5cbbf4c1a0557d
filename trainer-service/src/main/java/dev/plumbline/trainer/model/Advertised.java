package dev.plumbline.trainer.model;

import dev.plumbline.exchange.store.StoredModel;

/** Where other services are told to find a version. */
public sealed interface Advertised {
    String uri(StoredModel model);

    /** On a disk they share with the trainer. */
    record SharedDisk() implements Advertised {
        @Override
        public String uri(StoredModel model) {
            return model.directory().toUri().toString();
        }
    }

    /** Streamed by this trainer. */
    record Streamed(String authority) implements Advertised {
        @Override
        public String uri(StoredModel model) {
            return "grpc://" + authority + "/" + model.version().name() + "/"
                    + model.version().version();
        }
    }

    /** "file", or grpc://host:port as other hosts reach this trainer. */
    static Advertised parse(String setting) {
        if (setting.equals("file")) {
            return new SharedDisk();
        }
        if (setting.matches("grpc://[^/:]+:[0-9]{1,5}")) {
            return new Streamed(setting.substring("grpc://".length()));
        }
        throw new IllegalArgumentException(
                "plumbline.trainer.advertise must be file or grpc://host:port, got \"" + setting + "\"");
    }
}
