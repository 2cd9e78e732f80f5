// Compiles the definitions to validation code. Skipped when nothing that it is made of has changed since the last time.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const fhir = join(root, 'dist', 'src', 'fhir');
const target = join(fhir, 'validation', 'compiled', 'r4.js');

const digest = createHash('sha256');
for (const folder of ['definitions', 'definitions/r4', 'validation']) {
  for (const entry of readdirSync(join(fhir, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isFile() && /\.(js|json)$/.test(entry.name)) digest.update(readFileSync(join(fhir, folder, entry.name)));
  }
}
digest.update(readFileSync(join(root, 'node_modules', 'ajv', 'package.json')));
const stamp = `// ${digest.digest('hex')}\n`;

if (!existsSync(target) || !readFileSync(target, 'utf8').startsWith(stamp)) {
  const { compileValidators } = await import(pathToFileURL(join(fhir, 'validation', 'compile.js')).href);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, stamp + compileValidators());
}
