import { parentPort, workerData } from 'node:worker_threads';
import { flushLogs, makeLogger } from '../src/operations/logging.js';
import { composeJobs } from './compose-jobs.js';
import type { JobsReply, JobsRequest, JobsThreadData } from './jobs-messages.js';

/**
 * Entry of the jobs thread of a process that answers requests and runs jobs: everything that is not a request runs here, off the request
 * thread (design.md §6). With SQLite it has read connections of its own and shares the process's one writer.
 */
const { config, writer } = workerData as JobsThreadData;
const port = parentPort;
if (port === null) throw new Error('the jobs thread is started by the service');
const reply = (message: JobsReply): void => {
  port.postMessage(message);
};

const logger = makeLogger({ level: config.log.level });
const jobs = await composeJobs(config, {
  logger,
  writer,
  observer: {
    jobEnded(end) {
      reply({ jobEnded: end });
    },
  },
});

port.on('message', (request: JobsRequest) => {
  if ('wake' in request) jobs.queue.wake(request.wake);
  else void stop(request.stop.timeoutMs);
});

async function stop(timeoutMs: number): Promise<void> {
  await jobs.queue.stop(timeoutMs);
  await jobs.parts.close();
  await flushLogs(logger);
  reply({ stopped: true });
  port?.close();
}

await jobs.queue.start();
reply({ ready: true });
