import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './project-root.js';

/** Path of a mongod: MONGOMS_SYSTEM_BINARY, the PATH, then what scripts/fetch-mongod fetched. */
export function findMongod(): string | undefined {
  return firstThatRuns(process.env['MONGOMS_SYSTEM_BINARY'], 'mongod', join(projectRoot, '.cache', 'mongod', 'mongod'));
}

/** Path of a redis-server: REDIS_SERVER_BINARY, then the PATH. */
export function findRedisServer(): string | undefined {
  return firstThatRuns(process.env['REDIS_SERVER_BINARY'], 'redis-server');
}

const firstThatRuns = (...candidates: readonly (string | undefined)[]): string | undefined =>
  candidates.find((path) => path !== undefined && spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0);
