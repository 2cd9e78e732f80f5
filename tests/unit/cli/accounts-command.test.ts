import { describe, expect, test } from '@jest/globals';
import { runAccountsCommand } from '../../../src/cli/accounts-command.js';
import { accessParts } from '../../support/access-parts.js';

/** As in production: demonstration sign-ins don't exist. */
function start() {
  const { accounts } = accessParts({ demonstration: false });
  let secrets = 0;
  const run = async (...argv: string[]): Promise<{ status: number; lines: string[] }> => {
    const lines: string[] = [];
    const newSecret = (): string => `secret-number-${String((secrets += 1))}`;
    return { status: await runAccountsCommand(argv, { accounts, newSecret, out: (line) => void lines.push(line) }), lines };
  };
  return { accounts, run };
}
const CLIENT = ['client', 'his-56901', '--facility', '56901', '--name', 'Bệnh viện 56901'];

describe('npm run accounts -- client', () => {
  test('makes a client that can sign in, and prints its secret', async () => {
    const { accounts, run } = start();

    expect(await run(...CLIENT, '--scope', 'system/*.rs')).toEqual({
      status: 0,
      lines: ['client his-56901 (facility 56901, system/*.rs)', 'secret secret-number-1'],
    });
    expect(await accounts.verifyClient('his-56901', 'secret-number-1')).toEqual({
      clientId: 'his-56901',
      role: 'facility',
      facilityCode: '56901',
      display: 'Bệnh viện 56901',
      scopes: ['system/*.rs'],
      demonstration: false,
    });
  });

  test('leaves an existing one alone without --renew', async () => {
    const { accounts, run } = start();
    await run(...CLIENT);

    expect(await run(...CLIENT)).toMatchObject({ status: 1, lines: [expect.stringContaining('--renew')] });
    expect(await accounts.verifyClient('his-56901', 'secret-number-1')).toMatchObject({ scopes: ['system/*.cruds'] });
    const renewed = (await run(...CLIENT, '--renew')).lines[1]?.slice('secret '.length) ?? '';
    expect(await accounts.verifyClient('his-56901', renewed)).toMatchObject({ facilityCode: '56901' });
    await expect(accounts.verifyClient('his-56901', 'secret-number-1')).rejects.toThrow();
  });

  test('refuses a scope that is none, and prints no secret', async () => {
    const { run } = start();

    expect(await run(...CLIENT, '--scope', 'everything')).toEqual({ status: 1, lines: [expect.stringContaining('scopes')] });
  });
});

describe('npm run accounts -- person', () => {
  test.each([
    ['station', ['--commune', '22651'], { communeCode: '22651' }],
    ['sender', ['--facility', '56901'], { facilityCode: '56901' }],
    ['steward', [], {}],
    ['operator', [], {}],
  ])('makes a %s that can sign in', async (role, rights, expected) => {
    const { accounts, run } = start();

    expect(await run('person', 'Nguoi.1', '--role', role, '--name', 'Người 1', ...rights)).toEqual({
      status: 0,
      lines: [`account nguoi.1 (${role})`, 'secret secret-number-1'],
    });
    expect(await accounts.verifyAccount('nguoi.1', 'secret-number-1')).toMatchObject({ role, display: 'Người 1', ...expected });
  });

  test.each([['station'], ['sender']])('refuses a %s without its place', async (role) => {
    const { run } = start();

    expect(await run('person', 'nguoi', '--role', role, '--name', 'Người')).toMatchObject({
      status: 1,
      lines: [expect.stringContaining('needs a')],
    });
  });
});

test.each<[readonly string[]]>([
  [[]],
  [['client']],
  [['client', 'x', '--name', 'X']],
  [['client', 'x', '--name', 'X', '--facility', '5690']],
  [['client', 'x', '--name', ' ', '--facility', '56901']],
  [['client', 'x', '--name', 'X', '--facility', '56901', '--role', 'integrator']],
  [['person', 'x', '--name', 'X', '--role', 'citizen']],
  [['person', 'x', '--name', 'X', '--role', 'operator', '--scope', 'system/*.r']],
  [['person', 'x', 'y', '--name', 'X', '--role', 'operator']],
  [['person', 'x', '--name', 'X', '--role', 'operator', '--unknown']],
])('answers %j with the usage and status 2', async (argv) => {
  const { run } = start();

  expect(await run(...argv)).toMatchObject({ status: 2, lines: [expect.stringContaining('Usage: npm run accounts')] });
});
