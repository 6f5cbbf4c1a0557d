package dev.plumbline.reward.verifier;

import dev.plumbline.proto.reward.v1.VerifyRequest;
import dev.plumbline.proto.reward.v1.VerifyResponse;
import java.util.concurrent.CompletableFuture;

/** One attempt at a call. */
sealed interface Transport extends AutoCloseable permits GrpcTransport, HttpTransport {

    /**
     * What the verifier answers; fails with {@link VerifierAwayException} where another attempt may succeed, with
     * {@link VerifierFaultException} where it would not.
     */
    CompletableFuture<VerifyResponse> verify(VerifyRequest request);

    @Override
    void close();
}
