#!/usr/bin/env node
// Runs a command of dist/: `node scripts/command.mjs src/cli/sign-ins.js WORDS…`. In a folder that was never built it builds first,
// or waits for the build that `npm start` is running.
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildAlone, isBuilt } from './build-lock.mjs';

const dist = join(fileURLToPath(import.meta.url), '..', '..', 'dist');
const [command = ''] = process.argv.splice(2, 1);
if (!isBuilt(dist)) {
  const { compile } = await import('./compile.mjs');
  await buildAlone(dist, compile, { onlyOnce: true });
}
await import(pathToFileURL(join(dist, command)).href);
