# The embedded process of Underwright: the API on port 8083, and one data folder in a volume. See docs/install.md.
FROM node:24.21.0-trixie-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
COPY packages/asl-engine/package.json packages/asl-engine/
COPY packages/policy-compiler/package.json packages/policy-compiler/
COPY scripts/setup.mjs scripts/
RUN node scripts/setup.mjs
COPY . .
RUN npm pack --silent \
 && npm install --prefix /opt/underwright --offline --ignore-scripts --no-audit --no-fund ./underwright-*.tgz \
 && install --directory --owner=1000 --group=1000 --mode=700 /data

FROM node:24.21.0-trixie-slim
COPY --from=build /opt/underwright /opt/underwright
COPY --from=build --chown=1000:1000 /data /data
ENV PATH=/opt/underwright/node_modules/.bin:$PATH NODE_ENV=production
USER 1000:1000
WORKDIR /data
VOLUME /data
EXPOSE 8083
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:8083/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["underwright"]
CMD ["start", "--data", "/data", "--host", "0.0.0.0"]
