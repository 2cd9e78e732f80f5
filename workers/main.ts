import { runService } from '../src/run-service.js';

/** Process entry of a worker: `npm run worker`, the same as `ROLE=worker npm start`. */
await runService({ ROLE: 'worker' });
