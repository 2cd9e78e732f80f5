#!/usr/bin/env node
// Builds the service into dist/.
import { buildAlone } from './build-lock.mjs';
import { compile, dist } from './compile.mjs';

await buildAlone(dist, compile);
