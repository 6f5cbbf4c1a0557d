package dev.plumbline.serving.error;

/** A defect of ours: logged once with its stack and a trace id, of which the caller learns the id. */
public final class Defect extends ServiceException {
    private static final long serialVersionUID = 1L;

    public Defect(String message, Throwable cause) {
        super(ErrorKind.INTERNAL, "INTERNAL", message, cause);
    }
}
