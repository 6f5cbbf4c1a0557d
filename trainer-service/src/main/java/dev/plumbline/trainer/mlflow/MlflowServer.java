package dev.plumbline.trainer.mlflow;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * Where runs are copied to.
 *
 * @param trackingUri an http or https address; what it asks for beside is in the environment (MLFLOW_TRACKING_TOKEN, or
 *     MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD)
 * @param experiment that the runs are put in; made if it is missing
 */
public record MlflowServer(String trackingUri, String experiment) {
    public MlflowServer {
        if (!isHttp(trackingUri)) {
            throw new IllegalArgumentException("plumbline.trainer.mlflow.tracking-uri must be an address such as"
                    + " http://mlflow:5000, got \"" + trackingUri + "\"");
        }
        if (experiment.isBlank()) {
            throw new IllegalArgumentException(
                    "plumbline.trainer.mlflow.experiment must be a name, got \"" + experiment + "\"");
        }
    }

    private static boolean isHttp(String address) {
        try {
            URI uri = new URI(address);
            return uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
