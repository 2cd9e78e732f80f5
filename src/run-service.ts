import { describeConfigProblems, readConfig, type Config } from './config.js';
import { isPhrError } from './errors.js';
import { flushLogs, makeLogger, type Logger } from './operations/logging.js';
import type { Service } from './service.js';

/**
 * The life of a process: read the configuration, compose the role, listen, close on SIGTERM and SIGINT. Returns when requests are answered; ends the
 * process with status 1 when it can't go on.
 *
 * @param fixed variables that the entry sets itself, whatever the environment says
 */
export async function runService(fixed: Readonly<Record<string, string>> = {}): Promise<void> {
  // What this process makes (data file, log of the file, sign-ins) is nobody else's to read.
  process.umask(0o077);
  const config = quietOnTerminal(configOrExit(fixed));
  const logger = makeLogger({ level: config.log.level });
  const onFailure = (error: unknown): void => void fail(logger, error);

  const service = await composeRole(config, logger, onFailure).catch((error: unknown) => explain(logger, error));
  let closing: Promise<void> | undefined;
  const close = (): void => {
    closing ??= service
      .close()
      .then(() => flushLogs(logger))
      .then(() => process.exit(0), onFailure);
  };
  process.on('SIGTERM', close);
  process.on('SIGINT', close);
  process.on('uncaughtException', onFailure);
  process.on('unhandledRejection', onFailure);

  await service.start().catch((error: unknown) => explain(logger, error));
  logger.info('listening');
  service.demonstration?.announce(process.stdout);
}

/** Each role loads its own half of the house. */
async function composeRole(config: Config, logger: Logger, onFailure: (error: unknown) => void): Promise<Service> {
  if (config.role === 'worker') return (await import('../workers/worker-service.js')).composeWorker(config, { logger });
  return (await import('./composition.js')).compose(config, { logger, onFailure });
}

/** What an operator can put right (the key file, the port) is said in words; anything else is a bug and keeps its stack. */
async function explain(logger: Logger, error: unknown): Promise<never> {
  if (!isPhrError(error)) throw error;
  await flushLogs(logger);
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

async function fail(logger: Logger, error: unknown): Promise<never> {
  logger.error({ err: error }, 'the service cannot go on');
  await flushLogs(logger);
  process.exit(1);
}

/** A person at a terminal reads the sign-ins and the progress of the sample, not a line for every request and job. */
function quietOnTerminal(read: Config): Config {
  return read.log.isDefault && process.stdout.isTTY ? { ...read, log: { ...read.log, level: 'warn' } } : read;
}

function configOrExit(fixed: Readonly<Record<string, string>>): Config {
  try {
    return readConfig(undefined, fixed);
  } catch (error) {
    if (!isPhrError(error, 'invalid')) throw error;
    process.stderr.write(describeConfigProblems(error));
    process.exit(1);
  }
}
