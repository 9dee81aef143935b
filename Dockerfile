# The vesto command with PostgreSQL inside, for CodeBuild, ECS, Jenkins and Kubernetes: docs/pipelines.md.
#
#   docker run --rm --volume "$PWD:/project" vesto plan
#
# It needs no user, no HOME, no terminal and no writable file system: only the local target writes, below `.vesto` of the
# project, or in /tmp where the project is read-only. ci/image builds and tries it without a Docker engine.
FROM docker.io/library/rust:1.95-slim-bookworm AS build
# The newest of a stable Debian is wanted here, not a pinned one.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3-pip zstd \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# Static, so that the binary alone runs in any image. --target keeps the flag from what runs at build time.
RUN ci/bundle-postgres \
    && target="$(uname -m)-unknown-linux-gnu" \
    && RUSTFLAGS="-C target-feature=+crt-static" \
        cargo build --release --locked --features bundled-postgres --target "$target" \
    && install "target/$target/release/vesto" /vesto

# PostgreSQL needs the C library, and pipelines a shell.
FROM docker.io/library/debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && install --directory --owner=10001 --group=10001 /project
COPY --from=build /vesto /usr/local/bin/vesto
USER 10001:10001
WORKDIR /project
ENTRYPOINT ["vesto"]
