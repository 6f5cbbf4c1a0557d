package dev.plumbline.policy.remote;

/** How a new version's weights get into the server. */
public enum UpdateWay {
    /** The server gets them by itself and lists the version as {@code name@version}, as another policy-service does. */
    LISTED,
    /** It is told to load them from the checkpoint's directory, as vLLM is in its development mode, or another policy-service. */
    RELOAD
}
