import { fork } from 'node:child_process';
import { cpuSecondsOf } from './cpu-seconds.js';
import type { CpuSeconds } from './cpu-seconds.js';

export interface BareExpressOrder {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface BareExpress {
  readonly port: number;
  cpuSeconds(): CpuSeconds;
  stop(): void;
}

/** Express 5 alone, as `express()` makes it, answering one fixed body with the headers given. In a process of its own, like the service. */
export function startBareExpress(order: BareExpressOrder): Promise<BareExpress> {
  const child = fork(new URL('./bare-express-process.js', import.meta.url));
  return new Promise((resolve) => {
    child.once('message', ({ port }: { readonly port: number }) => {
      resolve({
        port,
        cpuSeconds: () => cpuSecondsOf(child.pid ?? 0),
        stop() {
          child.disconnect();
        },
      });
    });
    child.send(order);
  });
}
