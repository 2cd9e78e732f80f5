import { runService } from './run-service.js';

/** Process entry: the role that the environment names. */
await runService();
