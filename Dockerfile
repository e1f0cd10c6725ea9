# Untested: it was written where no container engine could be had. See systemd/README.md.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /data cliphound
COPY --from=build /src/target/release/cliphound /usr/local/bin/
USER cliphound
# Models, recordings, database and tokens: mount a volume here. A folder of the host must be
# 10001's: systemd/README.md.
VOLUME /data
ENV CLIPHOUND_DIR=/data
# Saves its state on SIGTERM.
STOPSIGNAL SIGTERM
ENTRYPOINT ["cliphound"]
CMD ["run"]
