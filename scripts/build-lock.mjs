// One build at a time in a folder, and whether there was one: `npm start` in one terminal and a command in another may both find dist/ empty.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 200;

/** Did a build of this folder ever end well? */
export const isBuilt = (dist) => existsSync(join(dist, '.built'));

/**
 * Runs `build` while no other process builds into `dist`.
 *
 * @param {string} dist
 * @param {() => Promise<void> | void} build throws, or ends the process, when it fails
 * @param {{ onlyOnce?: boolean }} [options] onlyOnce: not when a build that was waited for (or an earlier one) ended well
 */
export async function buildAlone(dist, build, { onlyOnce = false } = {}) {
  const lock = join(dist, '.building');
  mkdirSync(dist, { recursive: true });
  while (!taken(lock)) {
    await delay(POLL_MS);
    if (!isAlive(lock)) rmSync(lock, { force: true });
  }
  const release = () => {
    rmSync(lock, { force: true });
  };
  process.once('exit', release);
  try {
    if (onlyOnce && isBuilt(dist)) return;
    await build();
    writeFileSync(join(dist, '.built'), '');
  } finally {
    release();
    process.off('exit', release);
  }
}

function taken(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

/** A build that was killed leaves its lock behind: it counts only while its process lives. */
function isAlive(lock) {
  let pid;
  try {
    pid = Number(readFileSync(lock, 'utf8'));
  } catch {
    return false;
  }
  if (!Number.isInteger(pid) || pid <= 0) return true; // just being written
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
