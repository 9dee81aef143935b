# The vesto command with PostgreSQL inside, for CodeBuild, ECS and Jenkins: docker run -v "$PWD:/project" vesto plan
FROM rust:1.95-slim-bookworm AS build
# The newest of a stable Debian is wanted here, not a pinned one.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3-pip zstd \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN ci/bundle-postgres && cargo build --release --locked --features bundled-postgres

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --shell /usr/sbin/nologin vesto \
    && install --directory --owner=10001 --group=10001 /project
COPY --from=build /src/target/release/vesto /usr/local/bin/vesto
USER 10001
WORKDIR /project
ENTRYPOINT ["vesto"]
