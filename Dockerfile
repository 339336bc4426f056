FROM swift:6.3-bookworm AS build

# zlib for AsyncHTTPClient's decompression, SQLite for the audit trail; the rest of what a build needs is in the image.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libsqlite3-dev zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /src
# Dependencies are fetched anew only when the manifest changes.
COPY Package.swift Package.resolved* ./
RUN swift package resolve
COPY . .
RUN swift build --configuration release --static-swift-stdlib --product jobgate \
    && strip --strip-all -o /tmp/jobgate .build/release/jobgate

# What goes into the final image: the program, and the shared libraries that the base image does not have.
# The build stops here if the program has come to need another.
RUN install -D /tmp/jobgate /image/usr/local/bin/jobgate \
    && ldd /tmp/jobgate | awk '$1 == "libz.so.1" || $1 == "libsqlite3.so.0" { print $1, $3 }' \
        | while read -r name path; do \
            install -D -m 644 "$path" "/image/usr/lib/$(basename "$(dirname "$path")")/$name"; \
        done \
    && others=$(ldd /tmp/jobgate | awk '{ print $1 }' \
        | grep -Ev '^(linux-vdso|libc|libm|libgcc_s|libstdc\+\+|libsqlite3|libz)\.so|/ld-linux' || true) \
    && if [ -n "$others" ]; then echo "not in the final image: $others" >&2; exit 1; fi

# glibc, libgcc, libstdc++, the CA certificates and a user that is not root; no shell and no package manager.
FROM gcr.io/distroless/cc-debian12:nonroot

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="jobgate" \
    org.opencontainers.image.description="HTTP gateway that cancels and reads AWS DMS metadata model conversions and IoT TwinMaker metadata transfer jobs" \
    org.opencontainers.image.version="$VERSION" \
    org.opencontainers.image.revision="$REVISION" \
    org.opencontainers.image.base.name="gcr.io/distroless/cc-debian12:nonroot"

COPY --from=build /image/ /

ENV JOBGATE_LISTEN_HOST=0.0.0.0
USER nonroot
EXPOSE 8080
# The gateway drains for up to 25 seconds: give it 30 before it is killed.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/usr/local/bin/jobgate", "health"]
ENTRYPOINT ["/usr/local/bin/jobgate"]
CMD ["serve"]
