#!/usr/bin/env node
// `npm start`, `npm run worker`: builds, then runs an entry of dist/ with the options of launch.mjs. Passes signals on and ends as the service ends.
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentOf, NODE_OPTIONS } from './launch.mjs';

const root = join(fileURLToPath(import.meta.url), '..', '..');
const [entry = 'src/main.js'] = process.argv.slice(2);

// In a process of its own, which gives back what it needed.
const built = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);

const service = spawn(process.execPath, [...NODE_OPTIONS, join(root, 'dist', entry)], {
  stdio: 'inherit',
  env: environmentOf(process.env),
});
// Ctrl-C reaches the service too, by itself; a signal sent to this process does not.
process.on('SIGINT', () => undefined);
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => service.kill(signal));
service.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
