# The commands of Cocoon in an image of their own: `docker build -t cocoon .`, then
# `docker run -it -v cocoon:/data cocoon init` and `docker run -v cocoon:/data -p 8040:8040 cocoon`.
FROM node:20-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN npm ci && mkdir /out && npm pack --pack-destination /out

FROM node:20-bookworm-slim
# The runtime's install script would download libraries for GPUs, which are not used.
ENV ONNXRUNTIME_NODE_INSTALL=skip \
    NODE_ENV=production \
    COCOON_HOME=/data
COPY --from=build /out/ /tmp/package/
RUN npm install --global --no-audit --no-fund /tmp/package/*.tgz \
    && npm cache clean --force \
    && rm -rf /tmp/package \
    && install -d -o node -g node -m 700 /data
USER node
VOLUME /data
ENTRYPOINT ["cocoon-provider"]
CMD ["start"]
