import { compose } from './composition.js';
import { describeConfigProblems, readConfig, type Config } from './config.js';
import { isPhrError } from './errors.js';
import { flushLogs, makeLogger } from './operations/logging.js';

/** Process entry: read the configuration, compose, listen, close on SIGTERM and SIGINT. */
// What this process makes (data file, log of the file, sign-ins) is nobody else's to read.
process.umask(0o077);
const config = quietOnTerminal(configOrExit());
const logger = makeLogger({ level: config.log.level });

const service = await compose(config, { logger, onFailure: (error) => void fail(error) }).catch(explain);
let closing: Promise<void> | undefined;
const close = (): void => {
  closing ??= service
    .close()
    .then(() => flushLogs(logger))
    .then(() => process.exit(0), fail);
};
process.on('SIGTERM', close);
process.on('SIGINT', close);
process.on('uncaughtException', (error) => void fail(error));
process.on('unhandledRejection', (error) => void fail(error));

await service.start().catch(explain);
logger.info('listening');
service.demonstration?.announce(process.stdout);

/** What an operator can put right (the key file, the port) is said in words; anything else is a bug and keeps its stack. */
async function explain(error: unknown): Promise<never> {
  if (!isPhrError(error)) throw error;
  await flushLogs(logger);
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

async function fail(error: unknown): Promise<never> {
  logger.error({ err: error }, 'the service cannot go on');
  await flushLogs(logger);
  process.exit(1);
}

/** A person at a terminal reads the sign-ins and the progress of the sample, not a line for every request and job. */
function quietOnTerminal(read: Config): Config {
  return read.log.isDefault && process.stdout.isTTY ? { ...read, log: { ...read.log, level: 'warn' } } : read;
}

function configOrExit(): Config {
  try {
    return readConfig();
  } catch (error) {
    if (!isPhrError(error, 'invalid')) throw error;
    process.stderr.write(describeConfigProblems(error));
    process.exit(1);
  }
}
