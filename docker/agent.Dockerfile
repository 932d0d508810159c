# The extension as an agent beside the containers of a task or a pod (docs/agent.md): the standalone layer on Debian, which has
# glibc and a shell, under a user without rights. The context is the folder with the unpacked layers, dist/:
#
#   docker buildx build --platform linux/arm64 -f docker/agent.Dockerfile -t cache-extension-agent:0.1.0 dist

# The builder's: arm64 or amd64.
ARG TARGETARCH

FROM scratch AS layer-arm64
COPY arm64/ /opt/

FROM scratch AS layer-amd64
COPY x86_64/ /opt/

FROM layer-${TARGETARCH} AS layer

FROM debian:bookworm-slim
COPY --from=layer /opt/ /opt/
RUN install -d -o 65532 -g 65532 -m 0700 /run/cache-extension
WORKDIR /etc/cache-extension
USER 65532:65532
ENV CACHE_EXTENSION_TOKEN_FILE=/run/cache-extension/token
HEALTHCHECK --interval=10s --timeout=5s CMD ["/opt/extensions/cache-extension", "health"]
ENTRYPOINT ["/opt/extensions/cache-extension"]
CMD ["serve"]
