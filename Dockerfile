# lagsim as an image: docker build -t lagsim . && docker run --rm -v "$PWD:/work" lagsim run my-scenario.yaml
# Debian 12 in both stages, so that the libraries that it was linked with are those that it runs with.
FROM debian:12-slim AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /source
COPY . .
# bootstrap knows the packages; the .deb carries the names of the libraries that the program needs.
# hadolint ignore=DL3008
RUN bash script/bootstrap run \
    && apt-get install -y --no-install-recommends dpkg-dev file \
    && cmake --preset release -DLAGSIM_BUILD_TESTS=OFF -DLAGSIM_BUILD_BENCH=OFF \
    && cmake --build --preset release \
    && cpack -G DEB --config build/release/CPackConfig.cmake -B /packages \
    && rm /packages/lagsim-dev_*.deb

FROM debian:12-slim
# hadolint ignore=DL3008
RUN --mount=type=bind,from=build,source=/packages,target=/packages \
    apt-get update \
    && apt-get install -y --no-install-recommends /packages/lagsim_*.deb \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 lagsim
USER 10001
WORKDIR /work
ENTRYPOINT ["lagsim"]
CMD ["--help"]
