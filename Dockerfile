# One image for every role: the embedded service (SQLite, jobs in the process), or the api, the worker and the commands at scale.
FROM node:20-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && rm -rf dist/tests && npm prune --omit=dev --no-audit --no-fund

FROM node:20-slim
# What scripts/launch.mjs tells Node and glibc.
ENV NODE_ENV=production BIND=0.0.0.0 PORT=8080 DATA_DIR=/data MALLOC_ARENA_MAX=2
WORKDIR /app
COPY --from=build --chown=root:root /app/package.json ./
COPY --from=build --chown=root:root /app/node_modules ./node_modules
COPY --from=build --chown=root:root /app/dist ./dist
# `npm run jobs`, `rebuild` and the other commands.
COPY --from=build --chown=root:root /app/scripts/command.mjs /app/scripts/build-lock.mjs ./scripts/
COPY --from=build --chown=root:root /app/fhir-profiles ./fhir-profiles
# The program belongs to root and is read-only; only the data folder belongs to the service.
RUN mkdir /data && chown node:node /data && chmod 0700 /data
USER node
VOLUME /data
EXPOSE 8080
# Every role answers /readyz.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((res) => process.exit(res.ok ? 0 : 1), () => process.exit(1))"]
# Without a shell or npm in between, so that SIGTERM reaches the process.
CMD ["node", "--max-semi-space-size=16", "dist/src/main.js"]
