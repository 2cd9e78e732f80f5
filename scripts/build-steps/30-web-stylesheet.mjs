// The stylesheet stands beside the program that serves it.
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
mkdirSync(join(root, 'dist', 'src', 'web', 'ui'), { recursive: true });
copyFileSync(join(root, 'src/web/ui/stylesheet.css'), join(root, 'dist/src/web/ui/stylesheet.css'));
