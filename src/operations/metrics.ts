import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { JobObserver } from '../queue/queue.js';
import type { Store } from '../store/store.js';
import type { RequestObserver } from './request-log.js';

/** Bucket bounds in seconds: the budgets of docs/performance.md lie inside. */
export const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];
/** Most different interactions and job kinds that get a time series of their own; later ones count as `other`. */
export const MAX_LABEL_VALUES = 200;

export interface Metrics extends RequestObserver, JobObserver {
  readonly registry: Registry;
  /** Units that became durable and how many could not, `code` = category of the PhrError. */
  commitEnded(outcome: 'committed' | 'precondition-failed' | 'failed', durationMs: number): void;
}

/**
 * Prometheus metrics of this process, in a registry of its own (nothing global). Labels are interactions, status classes and job kinds:
 * words of the program, never of a person.
 *
 * @param deps.outboxDepth asked when somebody scrapes; when it fails the queue's gauges are left out of that answer
 * @param deps.now epoch milliseconds
 */
export function makeMetrics(deps: {
  readonly outboxDepth: Store['outboxDepth'];
  readonly now: () => number;
  readonly processMetrics?: boolean;
}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (deps.processMetrics === true) collectDefaultMetrics({ register: registry, prefix: 'phr_' });

  const requests = new Histogram({
    name: 'phr_http_request_duration_seconds',
    help: 'Time from request to answer, by interaction and status class',
    labelNames: ['interaction', 'status'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  });
  const jobs = new Histogram({
    name: 'phr_job_duration_seconds',
    help: 'Time of one try of a job, by kind and outcome (done, retry, dead)',
    labelNames: ['kind', 'outcome'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  });
  const failures = new Counter({
    name: 'phr_job_failures_total',
    help: 'Tries of jobs that failed, by kind and outcome (retry, dead)',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  const commits = new Histogram({
    name: 'phr_commit_duration_seconds',
    help: 'Time until a unit of write was durable, by outcome',
    labelNames: ['outcome'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  });
  // The gauges of a scrape share one read of the store.
  let reading: ReturnType<Store['outboxDepth']> | undefined;
  const readDepth = (): ReturnType<Store['outboxDepth']> => {
    reading ??= deps
      .outboxDepth()
      .catch(() => [])
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  const ageSeconds = (oldest: string | undefined): number =>
    oldest === undefined ? 0 : Math.max(0, (deps.now() - Date.parse(oldest)) / 1000);
  type Depth = Awaited<ReturnType<Store['outboxDepth']>>[number];
  const gaugeOfDepth = (name: string, help: string, value: (depth: Depth) => number): void => {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: ['kind'],
      registers,
      collect: async () => {
        const depths = await readDepth();
        gauge.reset();
        for (const depth of depths) gauge.set({ kind: depth.kind }, value(depth));
      },
    });
  };
  gaugeOfDepth('phr_outbox_open_rows', 'Open outbox rows by kind: the depth of the queue', ({ open }) => open);
  gaugeOfDepth('phr_outbox_dead_rows', 'Dead letters by kind: npm run jobs -- list', ({ dead }) => dead);
  gaugeOfDepth('phr_outbox_oldest_open_seconds', 'Age of the oldest open outbox row by kind', ({ oldest }) => ageSeconds(oldest));

  const interactionLabel = boundedLabel();
  const kindLabel = boundedLabel();
  return {
    registry,
    requestEnded: ({ interaction, status, durationMs }) => {
      requests.observe(
        { interaction: interactionLabel(interaction), status: `${Math.floor(status / 100)}xx` },
        durationMs / 1000,
      );
    },
    jobEnded: ({ kind: name, outcome, durationMs }) => {
      const kind = kindLabel(name);
      jobs.observe({ kind, outcome }, durationMs / 1000);
      if (outcome !== 'done') failures.inc({ kind, outcome });
    },
    commitEnded: (outcome, durationMs) => {
      commits.observe({ outcome }, durationMs / 1000);
    },
  };
}

/** Keeps label values to words of the program and their number bounded: every value is a time series that is never freed. */
function boundedLabel(): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    if (seen.has(value)) return value;
    if (seen.size >= MAX_LABEL_VALUES || !/^\$?[a-z][a-z-]{0,59}$/.test(value)) return 'other';
    seen.add(value);
    return value;
  };
}
