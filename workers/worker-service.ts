import express from 'express';
import type { Config } from '../src/config.js';
import { makeHealthRouter } from '../src/operations/health.js';
import { makeHttpServer } from '../src/operations/http-server.js';
import type { Logger } from '../src/operations/logging.js';
import { makeMetrics } from '../src/operations/metrics.js';
import { makeRequestLog } from '../src/operations/request-log.js';
import { makeUnexpectedErrors } from '../src/operations/unexpected-errors.js';
import { listen, stopServer, type Service } from '../src/service.js';
import { composeJobs } from './compose-jobs.js';

/**
 * A process that runs jobs and nothing else (`ROLE=worker`). It listens for `/healthz`, `/readyz` and `/metrics` only.
 *
 * @throws PhrError `unavailable` when the store can't be opened
 */
export async function composeWorker(config: Config, { logger }: { readonly logger: Logger }): Promise<Service> {
  let isStopping = false;
  const jobs = await composeJobs(config, {
    logger,
    observer: {
      jobEnded(end) {
        metrics.jobEnded(end);
      },
    },
    onCommit: (outcome, durationMs) => {
      metrics.commitEnded(outcome, durationMs);
    },
  });
  const { store } = jobs.parts;
  const metrics = makeMetrics({ outboxDepth: () => store.outboxDepth(), now: Date.now, processMetrics: true });
  const app = express();
  app.disable('x-powered-by');
  app.use(makeRequestLog({ logger, observer: metrics }));
  app.use(
    makeHealthRouter({
      parts: [
        { name: 'store', check: () => store.ping() },
        { name: 'queue', check: jobs.ping },
      ],
      registry: metrics.registry,
      isStopping: () => isStopping,
    }),
  );
  app.use(makeUnexpectedErrors({ logger }));
  const server = makeHttpServer(app);
  return {
    app,
    demonstration: undefined,
    async start() {
      await jobs.queue.start();
      await listen(server, config.http);
    },
    async close() {
      isStopping = true;
      await jobs.queue.stop(config.http.shutdownTimeoutMs);
      await stopServer(server, config.http.shutdownTimeoutMs);
      await jobs.parts.close();
    },
  };
}
