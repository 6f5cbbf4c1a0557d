package dev.plumbline.policy.call;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.GivenLogProbs;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.policy.engine.AnswerJob;
import dev.plumbline.policy.engine.AnswerSink;
import dev.plumbline.policy.engine.Answering;
import dev.plumbline.policy.engine.EngineRoom;
import dev.plumbline.policy.engine.Job;
import dev.plumbline.policy.engine.LogprobsJob;
import dev.plumbline.policy.model.LoadedModel;
import dev.plumbline.policy.model.ModelLease;
import dev.plumbline.policy.request.AnswerMeasurement;
import dev.plumbline.policy.request.AnswerPlan;
import dev.plumbline.policy.request.Ask;
import dev.plumbline.policy.request.ModelText;
import dev.plumbline.policy.request.Problems;
import dev.plumbline.policy.request.Surroundings;
import dev.plumbline.policy.request.Turn;
import dev.plumbline.policy.request.WireConversation;
import dev.plumbline.proto.policy.v1.ComputeLogprobsRequest;
import dev.plumbline.proto.policy.v1.ComputeLogprobsResponse;
import dev.plumbline.proto.policy.v1.DetokenizeRequest;
import dev.plumbline.proto.policy.v1.DetokenizeResponse;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.GenerateStreamResponse;
import dev.plumbline.proto.policy.v1.GetLoadResponse;
import dev.plumbline.proto.policy.v1.GetModelInfoResponse;
import dev.plumbline.proto.policy.v1.ResponseLogprobs;
import dev.plumbline.proto.policy.v1.TokenizeRequest;
import dev.plumbline.proto.policy.v1.TokenizeResponse;
import dev.plumbline.serving.error.CallerFault;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/** Answers calls: reads them, queues them for the engine, and frees their slots when their callers go away. */
public final class PolicyCalls {
    /** By which the clocks and the way between caller and server may differ. */
    private static final Duration DEADLINE_SLACK = Duration.ofMillis(100);

    private final Answering answering;
    private final Leases leases;
    private final Surroundings surroundings;

    /** @param noModel why nothing is served, for people */
    public PolicyCalls(Answering answering, Supplier<String> noModel, Surroundings surroundings) {
        this.answering = answering;
        this.leases = new Leases(answering.shelf(), noModel);
        this.surroundings = surroundings;
    }

    /**
     * The version that answers who requires this one.
     *
     * @param requiredModel "name@version"; empty for whatever is served
     */
    public ModelLease lease(String requiredModel) {
        return leases.of(requiredModel);
    }

    void generate(GenerateRequest request, ServerCallStreamObserver<GenerateResponse> caller) {
        generate(request, lease(request.getRequiredModel()), caller);
    }

    /** Answers by a version that was leased already, and takes over the lease. Throws what a caller is told. */
    public void generate(GenerateRequest request, ModelLease lease, ServerCallStreamObserver<GenerateResponse> caller) {
        AnswerMeasurement measured = new AnswerMeasurement(answering.meters(), surroundings.nanoTime());
        answer(request, lease, caller, plan -> new UnaryAnswer(plan, measured, caller));
    }

    void generateStream(GenerateRequest request, ServerCallStreamObserver<GenerateStreamResponse> caller) {
        generateStream(request, lease(request.getRequiredModel()), caller);
    }

    /** As {@link #generate(GenerateRequest, ModelLease, ServerCallStreamObserver)}, token by token. */
    public void generateStream(
            GenerateRequest request, ModelLease lease, ServerCallStreamObserver<GenerateStreamResponse> caller) {
        AnswerMeasurement measured = new AnswerMeasurement(answering.meters(), surroundings.nanoTime());
        answer(request, lease, caller, plan -> {
            StreamedAnswer answer = new StreamedAnswer(plan, measured, caller);
            caller.setOnReadyHandler(answer::ready);
            return answer;
        });
    }

    private void answer(
            GenerateRequest request,
            ModelLease lease,
            ServerCallStreamObserver<?> caller,
            Function<AnswerPlan, AnswerSink> sink) {
        submit(lease, caller, () -> {
            AnswerPlan plan = answering
                    .reader()
                    .read(
                            Ask.of(request),
                            surroundings.random()::nextLong,
                            Integer.MAX_VALUE,
                            lease.model().text());
            return new AnswerJob(lease, plan, sink.apply(plan));
        });
    }

    void computeLogprobs(ComputeLogprobsRequest request, ServerCallStreamObserver<ComputeLogprobsResponse> caller) {
        long arrived = surroundings.nanoTime().getAsLong();
        ModelLease lease = leases.of(request.getRequiredModel());
        submit(lease, caller, () -> {
            List<TokenSequence> sequences =
                    LogprobsReader.sequences(request, lease.model().text());
            // Of the priority of a request for answers which sets none.
            Turn turn = Turn.ofCall(request.getRequestId(), 0);
            return new LogprobsJob(lease, sequences, LogprobsReader.temperature(request), turn, new LogprobsJob.Sink() {
                @Override
                public void finished(List<GivenLogProbs> numbers) {
                    answering
                            .meters()
                            .requests("compute_logprobs")
                            .record(Duration.ofNanos(surroundings.nanoTime().getAsLong() - arrived));
                    caller.onNext(response(numbers, lease.version()));
                    caller.onCompleted();
                }

                @Override
                public void failed(Throwable error) {
                    caller.onError(error);
                }
            });
        });
    }

    /** Queues what is made with the lease; if that fails, the lease ends here. */
    private void submit(ModelLease lease, ServerCallStreamObserver<?> caller, Supplier<Job> make) {
        try {
            Job job = make.get();
            Optional<Deadline> deadline = Optional.ofNullable(Context.current().getDeadline());
            caller.setOnCancelHandler(() -> {
                answering.room().cancel(job);
                boolean late = deadline.filter(PolicyCalls::isOver).isPresent();
                answering.meters().stopped(late ? FinishReason.DEADLINE : FinishReason.CANCELLED);
            });
            answering.room().submit(job);
            // A caller that went away before there was a handler is never told of.
            if (caller.isCancelled()) {
                answering.room().cancel(job);
            }
        } catch (RuntimeException e) {
            lease.close();
            throw e;
        }
    }

    /** A caller whose time is over cancels by itself, about when the deadline passes here. */
    private static boolean isOver(Deadline deadline) {
        return deadline.timeRemaining(TimeUnit.MILLISECONDS) < DEADLINE_SLACK.toMillis();
    }

    private static ComputeLogprobsResponse response(List<GivenLogProbs> numbers, ModelVersion version) {
        ComputeLogprobsResponse.Builder response =
                ComputeLogprobsResponse.newBuilder().setModel(version.toString());
        for (GivenLogProbs given : numbers) {
            ResponseLogprobs.Builder sequence = ResponseLogprobs.newBuilder();
            for (int token = 0; token < given.logProbs().length; token++) {
                sequence.addLogprobs(given.logProbs()[token]).addEntropies(given.entropies()[token]);
            }
            response.addSequences(sequence);
        }
        return response.build();
    }

    TokenizeResponse tokenize(TokenizeRequest request) {
        try (ModelLease lease = leases.of("")) {
            Tokenizer tokenizer = lease.model().text().tokenizer();
            boolean special = !request.hasAddSpecialTokens() || request.getAddSpecialTokens();
            boolean generation = !request.hasAddGenerationPrompt() || request.getAddGenerationPrompt();
            String text = switch (request.getInputCase()) {
                case TEXT -> request.getText();
                case CONVERSATION -> tokenizer.renderChat(WireConversation.read(request.getConversation()), generation);
                case INPUT_NOT_SET -> throw CallerFault.invalid("INVALID_INPUT", "input", "set text or conversation");
            };
            TokenizeResponse.Builder response = TokenizeResponse.newBuilder().setText(text);
            // The chat template writes the special tokens that belong there itself.
            for (int id : tokenizer.encode(text, request.hasText() && special)) {
                response.addTokenIds(id);
            }
            return response.build();
        } catch (IllegalArgumentException e) {
            String field = request.hasText() ? "text" : "conversation";
            throw CallerFault.invalid("INVALID_INPUT", field, String.valueOf(e.getMessage()));
        }
    }

    DetokenizeResponse detokenize(DetokenizeRequest request) {
        try (ModelLease lease = leases.of("")) {
            ModelText text = lease.model().text();
            Problems problems = new Problems();
            for (int i = 0; i < request.getTokenIdsCount(); i++) {
                text.requireToken(request.getTokenIds(i), "INVALID_INPUT", "token_ids[" + i + "]", problems);
            }
            problems.throwIfAny();
            boolean skipSpecial = !request.hasSkipSpecialTokens() || request.getSkipSpecialTokens();
            int[] ids = request.getTokenIdsList().stream()
                    .mapToInt(Integer::intValue)
                    .toArray();
            return DetokenizeResponse.newBuilder()
                    .setText(text.tokenizer().decode(ids, skipSpecial))
                    .build();
        }
    }

    GetLoadResponse load() {
        EngineRoom.Load load = answering.room().load();
        return GetLoadResponse.newBuilder()
                .setQueued(load.queued())
                .setRunning(load.running())
                .setSlots(load.slots())
                .setReservedBytes(load.reservedBytes())
                .setCacheBytes(load.cacheBytes())
                .build();
    }

    GetModelInfoResponse modelInfo() {
        try (ModelLease lease = leases.of("")) {
            LoadedModel model = lease.model();
            return GetModelInfoResponse.newBuilder()
                    .setModel(model.version().toString())
                    .addAllAlsoServed(answering.shelf().available().stream()
                            .filter(version -> !version.equals(model.version()))
                            .map(ModelVersion::toString)
                            .toList())
                    .setFamily(model.facts().family())
                    .setParameters(model.facts().parameters())
                    .setVocabularySize(model.text().vocabularySize())
                    .setContextLength(model.text().contextLength())
                    .setSlots(model.facts().slots())
                    .setTokenizerDigest(model.text().tokenizer().digest())
                    .build();
        }
    }
}
