import { makeAccounts } from '../access/accounts.js';
import { makeAttempts } from '../access/attempts.js';
import { makePortalPasswords } from '../access/portal-passwords.js';
import { makeSecrets, randomSecret } from '../access/secrets.js';
import { readConfig } from '../config.js';
import { composeRecord } from '../worker-composition.js';
import { runAccountsCommand } from './accounts-command.js';

/** `npm run accounts -- client|person …` */
const config = readConfig();
const parts = await composeRecord(config);
try {
  process.exitCode = await runAccountsCommand(process.argv.slice(2), {
    accounts: makeAccounts({
      store: parts.store,
      secrets: makeSecrets(),
      portalPasswords: makePortalPasswords(),
      attempts: makeAttempts({ now: () => new Date() }),
      demonstration: config.environment.demonstration,
    }),
    newSecret: randomSecret,
    out: (line) => {
      console.log(line);
    },
  });
} finally {
  await parts.close();
}
