// How the service is built: TypeScript to dist/, then every build step in scripts/build-steps/, in name order.
// A build step is an ES module that runs when imported; it writes into dist/ only.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const dist = join(root, 'dist');

/** Ends the process with the compiler's status when it finds a fault. */
export async function compile() {
  const compiler = join(root, 'node_modules', '@typescript', 'native', 'bin', 'tsc');
  const compiled = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.json')], { stdio: 'inherit' });
  if (compiled.status !== 0) process.exit(compiled.status ?? 1);

  const steps = join(root, 'scripts', 'build-steps');
  if (existsSync(steps)) {
    for (const name of readdirSync(steps)
      .filter((file) => file.endsWith('.mjs'))
      .sort()) {
      await import(pathToFileURL(join(steps, name)).href);
    }
  }
}
