import { Router } from 'express';
import type { Registry } from 'prom-client';

/** One thing that must work before requests are sent here. `check` throws, or does not answer in time, when it doesn't. */
export interface ReadinessPart {
  /** Lower-case word: `store`, `queue`, `definitions`. */
  readonly name: string;
  /** False: named when it does not answer, and requests are taken all the same. */
  readonly isNeeded?: boolean;
  check(): Promise<void>;
}

/** A part that has not answered after this long counts as not ready. */
export const READINESS_TIMEOUT_MS = 2_000;

/**
 * `/healthz`: the process answers. `/readyz`: 200 when every part that is needed is ready, else 503; the body names the part, never the reason (that is
 * in the log). `/metrics`: Prometheus text. No sign-in: keep `/metrics` behind the proxy in production (docs/operations.md).
 *
 * @param deps.isStopping true once the process has begun to stop, so that no new request is routed to it
 * @param deps.timeoutSignal resolves after the given milliseconds; defaults to a timer
 */
export function makeHealthRouter(deps: {
  readonly parts: readonly ReadinessPart[];
  readonly registry: Registry;
  readonly isStopping: () => boolean;
  readonly timeout?: (ms: number) => { readonly expired: Promise<void>; cancel(): void };
}): Router {
  const timeout = deps.timeout ?? timerOf;
  const router = Router();
  router.get('/healthz', (_req, res) => {
    res.locals['interaction'] = 'health';
    res.json({ status: 'alive' });
  });
  router.get('/readyz', async (_req, res) => {
    res.locals['interaction'] = 'readiness';
    const states = await Promise.all(deps.parts.map(async (part) => ({ part, state: await stateOf(part, timeout) })));
    const ready = !deps.isStopping() && states.every(({ part, state }) => state === 'ready' || part.isNeeded === false);
    res.setHeader('Cache-Control', 'no-store');
    res.status(ready ? 200 : 503).json({
      status: deps.isStopping() ? 'stopping' : ready ? 'ready' : 'not-ready',
      parts: Object.fromEntries(states.map(({ part, state }) => [part.name, state])),
    });
  });
  router.get('/metrics', async (_req, res) => {
    res.locals['interaction'] = 'metrics';
    const text = await deps.registry.metrics();
    res.setHeader('Content-Type', deps.registry.contentType);
    res.send(text);
  });
  return router;
}

async function stateOf(
  part: ReadinessPart,
  timeout: (ms: number) => { readonly expired: Promise<void>; cancel(): void },
): Promise<'ready' | 'not-ready'> {
  const limit = timeout(READINESS_TIMEOUT_MS);
  try {
    return await Promise.race([
      Promise.resolve()
        .then(() => part.check())
        .then(() => 'ready' as const),
      limit.expired.then(() => 'not-ready' as const),
    ]);
  } catch {
    return 'not-ready';
  } finally {
    limit.cancel();
  }
}

function timerOf(ms: number): { readonly expired: Promise<void>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    expired: new Promise((resolve) => {
      timer = setTimeout(resolve, ms);
    }),
    cancel: () => {
      clearTimeout(timer);
    },
  };
}
