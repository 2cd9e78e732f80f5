import { parseArgs } from 'node:util';
import type { Account, Accounts, Client, PersonRole } from '../access/accounts.js';
import { isPhrError } from '../errors.js';

/** What a facility's software may do when no scope is named: everything that its reach lets it. */
export const DEFAULT_SCOPE = 'system/*.cruds';

export const ACCOUNTS_USAGE = `Usage: npm run accounts -- COMMAND
  client CLIENT_ID --facility CODE --name TEXT [--scope SCOPE]… [--renew]
      software of a facility; scopes as ${DEFAULT_SCOPE} (the default) or system/Observation.rs
  person USERNAME --role station|steward|sender|operator --name TEXT [--commune CODE] [--facility CODE] [--renew]
      somebody who signs in; a station needs a commune, a sender a facility
The secret is printed once and kept nowhere. --renew gives an existing one a new secret and these rights.
`;

const ROLES: readonly PersonRole[] = ['station', 'steward', 'sender', 'operator'];
/** Facilities (MA_CSKCB) and communes have five digits. */
const CODE = /^\d{5}$/;

/**
 * Makes software clients and the accounts of staff. Works beside a running service and without one.
 *
 * @param argv words behind `npm run accounts --`
 * @param deps.out takes a line without its end; the last one holds the secret
 * @param deps.newSecret text that nobody can guess
 * @returns exit status: 0 done, 1 refused (exists already, or a right is missing), 2 the words are not understood
 */
export async function runAccountsCommand(
  argv: readonly string[],
  deps: {
    readonly accounts: Pick<Accounts, 'client' | 'accountNamed' | 'putClient' | 'putAccount'>;
    readonly newSecret: () => string;
    readonly out: (line: string) => void;
  },
): Promise<number> {
  const { accounts, out } = deps;
  const words = readWords(argv);
  if (words === undefined) {
    out(ACCOUNTS_USAGE.trimEnd());
    return 2;
  }
  const isKnown =
    'client' in words ? await accounts.client(words.client.clientId) : await accounts.accountNamed(words.account.username);
  if (isKnown !== undefined && !words.renew) {
    out('exists already: --renew gives it a new secret and these rights');
    return 1;
  }
  const secret = deps.newSecret();
  try {
    if ('client' in words) {
      await accounts.putClient(words.client, secret);
      out(`client ${words.client.clientId} (facility ${words.client.facilityCode ?? ''}, ${words.client.scopes.join(' ')})`);
    } else {
      const { username, role } = await accounts.putAccount(words.account, secret);
      out(`account ${username} (${role})`);
    }
  } catch (error) {
    if (!isPhrError(error, 'invalid')) throw error;
    out(error.message);
    return 1;
  }
  out(`secret ${secret}`);
  return 0;
}

type Words = { readonly renew: boolean } & ({ readonly client: Client } | { readonly account: Omit<Account, 'id'> });

function readWords(argv: readonly string[]): Words | undefined {
  const parsed = parsedOrNothing(argv);
  if (parsed === undefined) return undefined;
  const { values, positionals } = parsed;
  const [kind, name, ...rest] = positionals;
  const { facility, commune, role, renew = false, scope, name: display } = values;
  if (name === undefined || rest.length > 0 || display === undefined || display.trim() === '') return undefined;
  if ([facility, commune].some((code) => code !== undefined && !CODE.test(code))) return undefined;
  const common = { display: display.normalize('NFC').trim(), demonstration: false };
  const facilityCode = facility === undefined ? {} : { facilityCode: facility };
  if (kind === 'client') {
    if (facility === undefined || role !== undefined || commune !== undefined) return undefined;
    return { renew, client: { ...common, ...facilityCode, clientId: name, role: 'facility', scopes: scope ?? [DEFAULT_SCOPE] } };
  }
  const chosen = ROLES.find((known) => known === role);
  if (kind !== 'person' || chosen === undefined || scope !== undefined) return undefined;
  const communeCode = commune === undefined ? {} : { communeCode: commune };
  return { renew, account: { ...common, ...facilityCode, ...communeCode, username: name, role: chosen } };
}

function parsedOrNothing(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        facility: { type: 'string' },
        commune: { type: 'string' },
        role: { type: 'string' },
        name: { type: 'string' },
        scope: { type: 'string', multiple: true },
        renew: { type: 'boolean' },
      },
    });
  } catch {
    return undefined;
  }
}
