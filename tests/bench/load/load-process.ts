import { runLoad } from './http-load.js';
import type { LoadOrder, LoadReply } from './load-order.js';

/** Entry of the process that makes the load, so that it shares no thread with what is measured. */
process.on('message', (order: LoadOrder) => {
  const reply = (message: LoadReply): void => {
    process.send?.(message);
  };
  runLoad(order).then(
    (result) => {
      reply({ result });
    },
    (error: unknown) => {
      reply({ failed: String(error) });
    },
  );
});
process.on('disconnect', () => process.exit(0));
