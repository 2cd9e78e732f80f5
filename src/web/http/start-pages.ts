import type { PersonRole } from '../../access/accounts.js';

/** Where a role lands after its sign-in. */
export const START_PAGES: Readonly<Record<PersonRole, string>> = {
  station: '/station',
  citizen: '/citizen',
  sender: '/sender',
  steward: '/steward',
  operator: '/operator',
};

/** Longest path to return to, in characters. */
export const RETURN_PATH_LENGTH_MAX = 300;

/**
 * The page to open after a sign-in: the one asked for when it is a page of this role, else the role's start page. Only paths of ours pass:
 * no host, no scheme, no way to climb out.
 */
export function pathAfterSignIn(role: PersonRole, asked: string | undefined): string {
  const start = START_PAGES[role];
  if (asked === undefined || asked.length > RETURN_PATH_LENGTH_MAX) return start;
  if (!/^\/[A-Za-z0-9/_.-]*$/.test(asked) || asked.includes('//') || asked.includes('..')) return start;
  return asked === start || asked.startsWith(`${start}/`) ? asked : start;
}
