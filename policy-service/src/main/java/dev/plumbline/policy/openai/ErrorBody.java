package dev.plumbline.policy.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.serving.error.FieldViolation;
import dev.plumbline.serving.error.HttpFault;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Errors as this API tells them, with the fields by the names that they have here. */
final class ErrorBody {
    /** Fields of the gRPC request whose names differ. */
    private static final Map<String, String> NAMES = Map.of(
            "num_samples", "n",
            "stop_strings", "stop",
            "text", "prompt",
            "token_ids", "prompt",
            "conversation", "messages",
            "required_model", "model");
    /** Errors that this API has a name for. */
    private static final Map<String, String> CODES = Map.of(
            "CONTEXT_TOO_LONG", "context_length_exceeded",
            "MODEL_VERSION_MISMATCH", "model_not_found",
            "QUEUE_FULL", "rate_limit_exceeded",
            "TOKEN_MISSING", "invalid_api_key",
            "TOKEN_UNKNOWN", "invalid_api_key");

    private ErrorBody() {}

    static String of(HttpFault fault) {
        ObjectNode body = Json.newObject();
        ObjectNode error =
                body.putObject("error").put("message", message(fault)).put("type", type(fault.status()));
        fault.violations().stream()
                .map(violation -> parameter(violation.field()))
                .filter(name -> !name.equals(Json.BODY))
                .findFirst()
                .ifPresentOrElse(name -> error.put("param", name), () -> error.putNull("param"));
        error.put("code", CODES.getOrDefault(fault.reason(), fault.reason().toLowerCase(Locale.ROOT)));
        return Json.text(body);
    }

    private static String message(HttpFault fault) {
        return fault.violations().isEmpty()
                ? fault.message()
                : fault.violations().stream().map(ErrorBody::message).collect(Collectors.joining("; "));
    }

    private static String message(FieldViolation violation) {
        String name = parameter(violation.field());
        String own = violation.field().replaceFirst("^(sampling|stopping)\\.", "");
        String description = violation.description().replaceAll("\\b" + Pattern.quote(own) + "\\b", name);
        return description.contains(name) ? description : name + ": " + description;
    }

    /** {@code sampling.num_samples} is {@code n}, {@code token_ids.ids[3]} is {@code prompt}. */
    private static String parameter(String field) {
        String inner = field.replaceFirst("^(sampling|stopping)\\.", "");
        String head = inner.replaceFirst("[.\\[].*", "");
        return NAMES.getOrDefault(head, inner);
    }

    private static String type(int status) {
        return switch (status) {
            case 429 -> "rate_limit_error";
            case 500 -> "server_error";
            case 503 -> "service_unavailable_error";
            default -> "invalid_request_error";
        };
    }
}
