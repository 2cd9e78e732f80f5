import { parentPort, workerData } from 'node:worker_threads';
import { LINK_PERSON } from '../src/queue/jobs/link-person.js';
import { PARSE_SUBMISSION } from '../src/queue/jobs/parse-submission.js';
import { REBUILD_RECORD } from '../src/queue/jobs/rebuild-record.js';
import { makeEmbeddedQueue } from '../src/queue/embedded/embedded-queue.js';
import type { JobQueue } from '../src/queue/queue.js';
import { flushLogs, makeLogger } from '../src/operations/logging.js';
import { composeRecord } from '../src/worker-composition.js';
import type { JobsReply, JobsRequest, JobsThreadData } from './jobs-messages.js';

/**
 * Entry of the jobs thread of an embedded installation: everything that is not a request runs here, off the request thread
 * (design.md §6). It has read connections of its own and shares the process's one writer.
 */
const { config, writer } = workerData as JobsThreadData;
const port = parentPort;
if (port === null) throw new Error('the jobs thread is started by the service');
const reply = (message: JobsReply): void => {
  port.postMessage(message);
};

const logger = makeLogger({ level: config.log.level });
const opened: { queue?: JobQueue } = {};
const parts = await composeRecord(config, { writer, onOpens: (kinds) => opened.queue?.wake(kinds) });
const queue = makeEmbeddedQueue({
  store: parts.store,
  contracts: [PARSE_SUBMISSION, LINK_PERSON, REBUILD_RECORD],
  handlers: parts.room.handlers,
  logger,
  now: Date.now,
  observer: {
    jobEnded(end) {
      reply({ jobEnded: end });
    },
  },
});

opened.queue = queue;

port.on('message', (request: JobsRequest) => {
  if ('wake' in request) queue.wake(request.wake);
  else void stop(request.stop.timeoutMs);
});

async function stop(timeoutMs: number): Promise<void> {
  await queue.stop(timeoutMs);
  await parts.close();
  await flushLogs(logger);
  reply({ stopped: true });
  port?.close();
}

await queue.start();
reply({ ready: true });
