# The gateway alone, on Debian 12, as a user without rights. The configuration comes in as a volume:
#   docker run -v ./gateway.yaml:/etc/billing-gateway/gateway.yaml:ro -p 50051:50051 billing-gateway
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY tests/packages tests/install tests/
RUN tests/install build
COPY . .
RUN cmake --preset release -D BUILD_TESTING=OFF \
    && cmake --build --preset release --target billing-gateway \
    && strip build/release/bin/billing-gateway

FROM debian:bookworm-slim
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
       ca-certificates \
       libabsl20220623 \
       libcurl4 \
       libgrpc++1.51 \
       libprometheus-cpp-core1.0 \
       libprotobuf32 \
       libre2-9 \
       libsimdjson14 \
       libyaml-cpp0.7 \
       zlib1g \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /src/build/release/bin/billing-gateway /usr/local/bin/billing-gateway
USER 65532:65532
EXPOSE 50051 9090
ENTRYPOINT ["/usr/local/bin/billing-gateway"]
CMD ["--config", "/etc/billing-gateway/gateway.yaml"]
