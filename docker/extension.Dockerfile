# The extension as an image of its own, which holds nothing but what a layer has below /opt. Images of functions copy it:
# docker/function.Dockerfile. The context is the folder with the unpacked layers, dist/:
#
#   docker buildx build --platform linux/arm64 -f docker/extension.Dockerfile -t cache-extension:arm64 dist
#
# --target node makes the smaller one for images that have Node 22.19 or newer, on any platform.

# The builder's: arm64 or amd64.
ARG TARGETARCH

FROM scratch AS node
COPY node/ /opt/

FROM scratch AS standalone-arm64
COPY arm64/ /opt/

FROM scratch AS standalone-amd64
COPY x86_64/ /opt/

FROM standalone-${TARGETARCH}
