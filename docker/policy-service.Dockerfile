# policy-service, from the fast-jar that ./mvnw package has built. Build it from the repository's root:
#   docker build -f docker/policy-service.Dockerfile -t plumbline/policy-service:0.1.0 .
# Model versions are cached under /data; an empty cache is filled from the trainer again.
FROM eclipse-temurin:25-jre AS natives
COPY policy-service/target/quarkus-app/lib/ /app/lib/
# libtorch and the tokenizers are unpacked here, so that the container runs with a read-only root and starts at once.
# DJL makes its folders for their owner alone.
RUN mkdir /empty \
 && DJL_CACHE_DIR=/opt/djl DJL_OFFLINE=true OPT_OUT_TRACKING=true \
    java --enable-native-access=ALL-UNNAMED -cp '/app/lib/main/*:/app/lib/boot/*' dev.plumbline.lm.UnpackNatives \
 && chmod -R a+rX /opt/djl

FROM eclipse-temurin:25-jre
COPY --from=natives /opt/djl /opt/djl
COPY policy-service/target/quarkus-app/ /app/
COPY --from=natives --chown=10001:10001 /empty /data
ENV DJL_CACHE_DIR=/opt/djl \
    DJL_OFFLINE=true \
    OPT_OUT_TRACKING=true \
    OMP_WAIT_POLICY=PASSIVE \
    GOMP_SPINCOUNT=10000 \
    QUARKUS_GRPC_SERVER_HOST=0.0.0.0 \
    QUARKUS_GRPC_SERVER_PORT=9000 \
    PLUMBLINE_POLICY_CONTROL_PORT=9001 \
    QUARKUS_HTTP_HOST=0.0.0.0 \
    QUARKUS_HTTP_PORT=9090
EXPOSE 9000 9001 9090
USER 10001:10001
# The heap is the smaller part: weights and caches are native memory.
ENTRYPOINT ["java", "--enable-native-access=ALL-UNNAMED", "-XX:MaxRAMPercentage=30", "-XX:+ExitOnOutOfMemoryError", "-jar", "/app/quarkus-run.jar"]
