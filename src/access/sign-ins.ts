import { PhrError } from '../errors.js';
import type { Account, Accounts, Client, PersonRole } from './accounts.js';
import { RANDOM_PASSWORD_BYTES, RANDOM_SECRET_BYTES, randomSecret } from './secrets.js';

/** Sign-ins of a demonstration, in the shape of interfaces.md §1; the file holds secrets in clear and is readable to its owner only. */
export interface SignIns {
  readonly baseUrl: string;
  readonly fhirBaseUrl: string;
  readonly tokenEndpoint: string;
  readonly software: readonly SoftwareSignIn[];
  readonly people: readonly PersonSignIn[];
}

export interface SoftwareSignIn {
  readonly role: Client['role'];
  readonly clientId: string;
  readonly clientSecret: string;
  readonly facilityCode?: string;
  readonly scope: string;
}

export interface PersonSignIn {
  readonly role: PersonRole;
  readonly username: string;
  readonly password: string;
  readonly startPage: string;
  readonly communeCode?: string;
  readonly facilityCode?: string;
  /** Of a citizen: null until a source of that person arrives. */
  readonly patientId?: string | null;
  readonly name?: string;
  readonly birthDate?: string;
  readonly nationalId?: string;
  readonly insuranceCard?: string;
}

/** Who may sign in to a demonstration. */
export interface DemonstrationPeople {
  /** Without trailing slash. */
  readonly baseUrl: string;
  readonly facilities: readonly { readonly code: string; readonly display: string }[];
  readonly stations: readonly { readonly communeCode: string; readonly display: string }[];
  readonly citizens: readonly DemonstrationCitizen[];
  readonly startPages: Readonly<Record<PersonRole, string>>;
}

export interface DemonstrationCitizen {
  readonly name: string;
  readonly birthDate: string;
  readonly sex?: 'male' | 'female';
  readonly nationalId: string;
  readonly insuranceCard?: string;
  readonly communeCode: string;
}

/** Demographics of a portal account: what `src/record` makes an identity record of (`IdentityInput`). */
export interface PortalIdentity {
  readonly source: 'portal';
  readonly sourceType: 'portal';
  readonly name: string;
  readonly birthDate: string;
  readonly sex?: 'male' | 'female';
  readonly nationalId: string;
  readonly insuranceCards?: readonly string[];
  readonly communeCode: string;
}

const SCOPE = 'system/*.cruds';

/**
 * Creates the sign-ins of a demonstration, or keeps those that are there: run again on the same folder it changes nothing, and the
 * secrets of `existing` stay valid even for a store that lost them. Reads and writes no file.
 *
 * @param deps.registerPortalIdentity keeps the identity record and links it like any other; gives its id. Idempotent
 * @param existing what the file of an earlier start holds
 * @throws PhrError `forbidden` outside of demonstrations
 */
export async function createDemonstrationSignIns(
  deps: {
    readonly accounts: Accounts;
    readonly demonstration: boolean;
    readonly registerPortalIdentity: (identity: PortalIdentity) => Promise<string>;
    /** The secret of a sign-in that is not in `existing`; processes that start at once must be given the same. Random by default. */
    readonly secretFor?: SecretFor;
  },
  people: DemonstrationPeople,
  existing?: SignIns,
): Promise<SignIns> {
  if (!deps.demonstration) throw new PhrError('forbidden', 'Demonstration sign-ins are not created in production');
  const secretFor: SecretFor = deps.secretFor ?? ((_name, bytes) => randomSecret(bytes));
  const clients: readonly Client[] = [
    ...people.facilities.map(({ code, display }): Client => ({
      clientId: `facility-${code}`,
      role: 'facility',
      facilityCode: code,
      display,
      scopes: [SCOPE],
      demonstration: true,
    })),
    { clientId: 'integrator', role: 'integrator', display: 'Phần mềm dùng thử', scopes: [SCOPE], demonstration: true },
  ];
  const accounts: readonly (Omit<Account, 'id'> & { readonly citizen?: DemonstrationCitizen })[] = [
    ...(await Promise.all(
      people.citizens.map(async (citizen, index) => ({
        ...plainAccount('citizen', `citizen-${index + 1}`, 'Người dân'),
        communeCode: citizen.communeCode,
        identityId: await deps.registerPortalIdentity(identityOf(citizen)),
        citizen,
      })),
    )),
    ...people.stations.map(({ communeCode, display }) => ({
      ...plainAccount('station', `station-${communeCode}`, display),
      communeCode,
    })),
    plainAccount('steward', 'steward', 'Bộ phận rà soát dữ liệu'),
    plainAccount('operator', 'operator', 'Bộ phận vận hành'),
    ...people.facilities.map(({ code, display }) => ({
      ...plainAccount('sender', `sender-${code}`, display),
      facilityCode: code,
    })),
  ];

  const [software, persons] = await Promise.all([
    Promise.all(clients.map((client) => keepClient(deps.accounts, client, secretFor, existing))),
    Promise.all(
      accounts.map(async ({ citizen, ...account }) => ({
        role: account.role,
        username: account.username,
        password: await keepAccount(deps.accounts, account, secretFor, existing),
        startPage: people.startPages[account.role],
        ...(account.communeCode === undefined ? {} : { communeCode: account.communeCode }),
        ...(account.facilityCode === undefined ? {} : { facilityCode: account.facilityCode }),
        ...(citizen === undefined
          ? {}
          : {
              patientId: null,
              name: citizen.name,
              birthDate: citizen.birthDate,
              nationalId: citizen.nationalId,
              ...(citizen.insuranceCard === undefined ? {} : { insuranceCard: citizen.insuranceCard }),
            }),
      })),
    ),
  ]);
  const { baseUrl } = people;
  return { baseUrl, fhirBaseUrl: `${baseUrl}/fhir/R4`, tokenEndpoint: `${baseUrl}/oauth/token`, software, people: persons };
}

/** The sign-ins with the citizens' person ids as they are now; null where no source of that person has arrived. */
export async function withPatientIds(
  signIns: SignIns,
  deps: {
    readonly accounts: Pick<Accounts, 'accountNamed'>;
    readonly personOfIdentity: (identityId: string) => Promise<string | undefined>;
  },
): Promise<SignIns> {
  const people = await Promise.all(
    signIns.people.map(async (person) => {
      if (person.role !== 'citizen') return person;
      const identityId = (await deps.accounts.accountNamed(person.username))?.identityId;
      const personId = identityId === undefined ? undefined : await deps.personOfIdentity(identityId);
      return { ...person, patientId: personId ?? null };
    }),
  );
  return { ...signIns, people };
}

/** What a sign-ins file holds; undefined when it is not of our shape, and then everything is made anew. */
export function readSignIns(json: unknown): SignIns | undefined {
  const { software, people } = (json ?? {}) as Record<string, unknown>;
  const have = (list: unknown, ...names: readonly string[]): boolean =>
    Array.isArray(list) &&
    list.every((item: unknown) => names.every((name) => typeof (item as Record<string, unknown> | null)?.[name] === 'string'));
  const isOurs = have(software, 'clientId', 'clientSecret') && have(people, 'username', 'password');
  return isOurs ? (json as SignIns) : undefined;
}

const plainAccount = <R extends PersonRole>(role: R, username: string, display: string) => ({
  role,
  username,
  display,
  demonstration: true,
});

const identityOf = ({ insuranceCard, ...citizen }: DemonstrationCitizen): PortalIdentity => ({
  source: 'portal',
  sourceType: 'portal',
  ...citizen,
  ...(insuranceCard === undefined ? {} : { insuranceCards: [insuranceCard] }),
});

type SecretFor = (name: string, bytes: number) => string;

async function keepClient(
  accounts: Accounts,
  client: Client,
  secretFor: SecretFor,
  existing: SignIns | undefined,
): Promise<SoftwareSignIn> {
  const known = existing?.software.find(({ clientId }) => clientId === client.clientId)?.clientSecret;
  const clientSecret = known ?? secretFor(client.clientId, RANDOM_SECRET_BYTES);
  const kept = await accounts.client(client.clientId);
  const isKept =
    known !== undefined &&
    kept !== undefined &&
    sameText(kept, client) &&
    (await accounts.hasDemonstrationSecret('client', client.clientId, known));
  if (!isKept) await accounts.putClient(client, clientSecret);
  return {
    role: client.role,
    clientId: client.clientId,
    clientSecret,
    ...(client.facilityCode === undefined ? {} : { facilityCode: client.facilityCode }),
    scope: client.scopes.join(' '),
  };
}

async function keepAccount(
  accounts: Accounts,
  account: Omit<Account, 'id'>,
  secretFor: SecretFor,
  existing: SignIns | undefined,
): Promise<string> {
  const known = existing?.people.find(({ username }) => username === account.username)?.password;
  const password = known ?? secretFor(account.username, RANDOM_PASSWORD_BYTES);
  const kept = await accounts.accountNamed(account.username);
  const isKept =
    known !== undefined &&
    kept !== undefined &&
    sameText(kept, { ...account, id: kept.id }) &&
    (await accounts.hasDemonstrationSecret('account', account.username, known));
  if (!isKept) await accounts.putAccount(account, password);
  return password;
}

/** Equal as JSON, whatever the order of the names. */
function sameText(a: object, b: object): boolean {
  const text = (value: object): string => JSON.stringify(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)));
  return text(a) === text(b);
}
