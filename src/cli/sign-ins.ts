import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { makeAccounts } from '../access/accounts.js';
import { makeAttempts } from '../access/attempts.js';
import { makePortalPasswords } from '../access/portal-passwords.js';
import { makeSecrets } from '../access/secrets.js';
import { readSignIns, withPatientIds } from '../access/sign-ins.js';
import { readConfig } from '../config.js';
import { SAMPLE_COLLECTION, SAMPLE_ID, signInsFile, type SampleState } from '../demonstration.js';
import { composeRecord } from '../worker-composition.js';

/** How long the command waits for the instance and its sample before it gives up. */
const WAIT_MS = 180_000;
const POLL_MS = 250;

/**
 * `npm run sign-ins -- [--json] [--wait]`: the sign-ins of the running demonstration instance (interfaces.md §1), after its sample's first
 * people have arrived; `--wait`: after all of it. In production an error.
 */
const words = new Set(process.argv.slice(2));
const config = readConfig();
if (!config.environment.demonstration) fail('There are no demonstration sign-ins in production');

const file = signInsFile(config.store.dataDir);
const deadline = Date.now() + WAIT_MS;
await until(() => Promise.resolve(existsSync(file)), 'No demonstration instance has started in this data folder');
const kept = readSignIns(JSON.parse(readFileSync(file, 'utf8')));
if (kept === undefined) fail('The file of the sign-ins is not readable');
await until(() => isReady(kept.baseUrl), `No instance answers at ${kept.baseUrl}: start it with npm start`);

const parts = await composeRecord(config);
try {
  const accounts = makeAccounts({
    store: parts.store,
    secrets: makeSecrets(),
    portalPasswords: makePortalPasswords(),
    attempts: makeAttempts({ now: () => new Date() }),
    demonstration: true,
  });
  const resolved = () =>
    withPatientIds(kept, { accounts, personOfIdentity: (identityId) => parts.room.reader.personOfIdentity(identityId) });
  await until(async () => {
    const sample = await parts.store.record<SampleState>(SAMPLE_COLLECTION, SAMPLE_ID);
    if (sample === undefined || sample.value.state === 'loaded') return true;
    if (words.has('--wait')) return false;
    return (await resolved()).people.some(({ patientId }) => typeof patientId === 'string');
  }, 'The sample commune did not arrive in time');
  const signIns = await resolved();
  if (words.has('--json')) console.log(JSON.stringify(signIns));
  else {
    console.log(`${signIns.baseUrl}/sign-in`);
    for (const { role, username, password, startPage } of signIns.people) {
      console.log(`${role.padEnd(11)} ${username.padEnd(16)} ${password} ${startPage}`);
    }
    for (const { role, clientId, clientSecret } of signIns.software) {
      console.log(`${role.padEnd(11)} ${clientId.padEnd(16)} ${clientSecret} ${signIns.tokenEndpoint}`);
    }
  }
} finally {
  await parts.close();
}

async function until(isSo: () => Promise<boolean>, otherwise: string): Promise<void> {
  while (!(await isSo())) {
    if (Date.now() > deadline) fail(otherwise);
    await delay(POLL_MS);
  }
}

async function isReady(baseUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${baseUrl}/readyz`)).ok;
  } catch {
    return false;
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
