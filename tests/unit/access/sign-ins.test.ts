import { describe, expect, test } from '@jest/globals';
import { portalDigest } from '../../../src/access/portal-passwords.js';
import { createDemonstrationSignIns, readSignIns, withPatientIds } from '../../../src/access/sign-ins.js';
import type { DemonstrationPeople, PortalIdentity, SignIns } from '../../../src/access/sign-ins.js';
import { accessParts } from '../../support/access-parts.js';

const people: DemonstrationPeople = {
  baseUrl: 'http://localhost:8080',
  facilities: ['56901', '56902', '56903'].map((code) => ({ code, display: `Cơ sở ${code}` })),
  stations: [{ communeCode: '22651', display: 'Trạm Y tế 22651' }],
  citizens: [
    {
      name: 'Nguyễn Thị Hoa',
      birthDate: '1984-05-02',
      sex: 'female',
      nationalId: '056184000001',
      insuranceCard: 'DN4565600000001',
      communeCode: '22651',
    },
    { name: 'Trần Văn Nam', birthDate: '1950', nationalId: '056050000002', communeCode: '22651' },
  ],
  startPages: { citizen: '/citizen', station: '/station', steward: '/steward', sender: '/sender', operator: '/operator' },
};

function start(parts = accessParts(), demonstration = true) {
  const registered: PortalIdentity[] = [];
  const create = (existing?: SignIns) =>
    createDemonstrationSignIns(
      {
        accounts: parts.accounts,
        demonstration,
        registerPortalIdentity: (identity) => {
          registered.push(identity);
          return Promise.resolve(`identity-${identity.birthDate}`);
        },
      },
      people,
      existing,
    );
  const versions = async () =>
    (await Promise.all(['client', 'account'].map((collection) => parts.store.scanRecords(collection, undefined, 100))))
      .flat()
      .map(({ id, version }) => `${id} ${version}`);
  const isValid = async ({ software, people: persons }: SignIns) => {
    for (const { clientId, clientSecret } of software) await parts.accounts.verifyClient(clientId, clientSecret);
    for (const { username, password } of persons) await parts.accounts.verifyAccount(username, password);
    return true;
  };
  return { ...parts, registered, create, versions, isValid };
}

describe('demonstration sign-ins', () => {
  test('have the shape of interfaces.md §1, and all of them work', async () => {
    const { create, isValid, registered } = start();

    const signIns = await create();

    expect(signIns).toMatchObject({
      baseUrl: 'http://localhost:8080',
      fhirBaseUrl: 'http://localhost:8080/fhir/R4',
      tokenEndpoint: 'http://localhost:8080/oauth/token',
    });
    expect(signIns.software.map(({ role, facilityCode, scope }) => [role, facilityCode, scope])).toEqual([
      ['facility', '56901', 'system/*.cruds'],
      ['facility', '56902', 'system/*.cruds'],
      ['facility', '56903', 'system/*.cruds'],
      ['integrator', undefined, 'system/*.cruds'],
    ]);
    expect(
      signIns.people.map(({ role, communeCode, facilityCode, startPage }) => [role, communeCode, facilityCode, startPage]),
    ).toEqual([
      ['citizen', '22651', undefined, '/citizen'],
      ['citizen', '22651', undefined, '/citizen'],
      ['station', '22651', undefined, '/station'],
      ['steward', undefined, undefined, '/steward'],
      ['operator', undefined, undefined, '/operator'],
      ['sender', undefined, '56901', '/sender'],
      ['sender', undefined, '56902', '/sender'],
      ['sender', undefined, '56903', '/sender'],
    ]);
    expect(signIns.people[0]).toMatchObject({
      patientId: null,
      name: 'Nguyễn Thị Hoa',
      birthDate: '1984-05-02',
      nationalId: '056184000001',
      insuranceCard: 'DN4565600000001',
    });
    expect(registered[0]).toEqual({
      source: 'portal',
      sourceType: 'portal',
      name: 'Nguyễn Thị Hoa',
      birthDate: '1984-05-02',
      sex: 'female',
      nationalId: '056184000001',
      insuranceCards: ['DN4565600000001'],
      communeCode: '22651',
    });
    expect(await isValid(signIns)).toBe(true);
  });

  test('two demonstrations share no secret, and no citizen name stands on an account', async () => {
    const [one, other] = [start(), start()];
    const secretsOf = ({ software, people: persons }: SignIns) => [
      ...software.map(({ clientSecret }) => clientSecret),
      ...persons.map(({ password }) => password),
    ];

    const secrets = [...secretsOf(await one.create()), ...secretsOf(await other.create())];

    expect(new Set(secrets).size).toBe(secrets.length);
    expect(JSON.stringify(await one.store.scanRecords('account', undefined, 100))).not.toMatch(/Thị Hoa|056184000001/);
  });

  test('made again over the same folder nothing changes', async () => {
    const { create, versions } = start();
    const first = await create();
    const before = await versions();

    const second = await create(readSignIns(JSON.parse(JSON.stringify(first))));

    expect(second).toEqual(first);
    expect(await versions()).toEqual(before);
  });

  test('with the file lost all get new secrets that work; with the store lost the old ones work', async () => {
    const { create, isValid } = start();
    const first = await create();

    const second = await create();
    expect(second.software[0]?.clientSecret).not.toBe(first.software[0]?.clientSecret);
    expect(await isValid(second)).toBe(true);

    const elsewhere = start();
    expect(await elsewhere.create(second)).toEqual(second);
    expect(await elsewhere.isValid(second)).toBe(true);
  });

  test('a file of an earlier start that no longer fits the store is made valid', async () => {
    const { create, isValid } = start();
    const first = await create();
    await create();

    const third = await create(first);

    expect(third).toEqual(first);
    expect(await isValid(third)).toBe(true);
  });

  test('a client kept before the insurance portal had a door gets a hash for it, and keeps its secret', async () => {
    const parts = accessParts();
    const first = await start(parts).create();
    const clients = await parts.store.scanRecords<Readonly<Record<string, unknown>>>('client', undefined, 100);
    for (const { id, value } of clients) {
      const { portalHash: _hash, ...older } = value;
      await parts.store.commit({ records: [{ collection: 'client', id, expected: 'any', value: older }] });
    }

    const again = await start(parts).create(first);

    expect(again).toEqual(first);
    for (const { clientId, clientSecret } of again.software) {
      expect(await parts.portal.take(clientId, portalDigest(clientSecret), undefined)).toMatchObject({ clientId });
    }
  });

  test('are refused in production, whatever the file says', async () => {
    const signIns = await start().create();
    const { create, versions, registered } = start(accessParts({ demonstration: false }), false);

    await expect(create(signIns)).rejects.toMatchObject({ category: 'forbidden' });
    expect(await versions()).toEqual([]);
    expect(registered).toEqual([]);
  });

  test('name the patient once a source of that person arrived', async () => {
    const { create, accounts } = start();
    const signIns = await create();

    const resolved = await withPatientIds(signIns, {
      accounts,
      personOfIdentity: (identityId) => Promise.resolve(identityId === 'identity-1984-05-02' ? 'p1' : undefined),
    });

    expect(resolved.people.map(({ patientId }) => patientId)).toEqual([
      'p1',
      null,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

test.each([
  [undefined],
  [null],
  ['x'],
  [{}],
  [{ software: [{}], people: [] }],
  [{ software: [], people: [{ username: 'x' }] }],
  [{ software: [null], people: [] }],
])('a file that holds %j is not one of ours', (json) => {
  expect(readSignIns(json)).toBeUndefined();
});
