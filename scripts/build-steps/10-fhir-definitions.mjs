// The extract of the official definitions stands beside the code that reads it.
import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const target = join(root, 'dist', 'src', 'fhir', 'definitions', 'r4');
mkdirSync(target, { recursive: true });
cpSync(join(root, 'fhir-profiles', 'r4'), target, { recursive: true });
