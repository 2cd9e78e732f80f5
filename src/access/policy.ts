import { PhrError } from '../errors.js';
import type { AccessPolicy, Caller, ReachView, Role } from '../fhir/access-policy.js';
import { makeLines } from './audit/lines.js';
import { mayHoldHidden, narrowForFacility, redactForFacility } from './redaction.js';
import { parseScope, permits } from './scopes.js';
import type { Permission, Scope } from './scopes.js';

/** Deny mask of everybody who did not send the content: HIV, psychiatry, termination of pregnancy (bhyt-xml.md §9). */
export const RESTRICTED_LABELS = 'restricted/';

/** Nothing at all: what a caller without a reach of its own sees. */
const NOTHING: ReachView = Object.freeze({ anyLabel: [], noLabel: [RESTRICTED_LABELS] });
const EVERYTHING: ReachView = Object.freeze({ noLabel: [] });

/** Permissions that an interaction needs: SMART App Launch 2.2, table "scope and interactions". Not in the table = not allowed. */
const NEEDS: Readonly<Record<string, readonly Permission[]>> = {
  read: ['r'],
  vread: ['r'],
  'history-instance': ['r'],
  'search-type': ['s'],
  'search-system': ['s'],
  'history-type': ['s'],
  'history-system': ['s'],
  create: ['c'],
  update: ['u'],
  patch: ['u'],
  delete: ['d'],
};
/** Operations show or write many types, so a scope of a single type is not enough for them. */
const NEEDS_EVERY_TYPE: Readonly<Record<string, readonly Permission[]>> = {
  'patient-everything': ['r', 's'],
  'search-system': ['s'],
  'history-system': ['s'],
};
const SOFTWARE_ROLES: ReadonlySet<Role> = new Set<Role>(['facility', 'integrator']);

/** Reach of a station for one person outside its catchment, after a reason was typed. */
export interface BeyondCatchment {
  /** @throws PhrError `forbidden` when the caller is not a station with a commune and a reason */
  reachBeyondCatchment(caller: Caller, personId: string): ReachView;
}

/**
 * The access rules of the first cut, deny by default; reach as interfaces.md §1 says. Pure but for the clock and ids of the lines.
 * Reach is handed over as nodes of the query plan (design.md §6), never as a filter.
 *
 * @param deps.demonstration false in production: the integrator then has neither rights nor reach
 */
export function makeAccessPolicy(deps: {
  readonly demonstration: boolean;
  readonly now: () => Date;
  readonly lineId: (now: Date) => string;
}): AccessPolicy & BeyondCatchment {
  /** Scopes arrive as the same frozen array with every request of a token. */
  const parsed = new WeakMap<readonly string[], readonly Scope[]>();
  const scopesOf = (texts: readonly string[]): readonly Scope[] => {
    const known = parsed.get(texts);
    if (known !== undefined) return known;
    const scopes = texts.flatMap((text) => parseScope(text) ?? []);
    parsed.set(texts, scopes);
    return scopes;
  };

  return {
    authorize(caller, interaction, resourceType) {
      if (interaction === 'capabilities') return;
      if (!SOFTWARE_ROLES.has(caller.role)) {
        if (isPageOf(caller.role, interaction)) return;
        throw new PhrError('forbidden', 'People use the pages, not the FHIR interface');
      }
      if (caller.role === 'integrator' && !deps.demonstration)
        throw new PhrError('forbidden', 'This client is for demonstrations only');
      const everyType = NEEDS_EVERY_TYPE[interaction];
      const needed = everyType ?? NEEDS[interaction];
      if (needed === undefined) throw new PhrError('forbidden', 'No role allows this interaction');
      const scopes = scopesOf(caller.scopes);
      const asked = everyType === undefined ? resourceType : '*';
      if (!needed.every((permission) => permits(scopes, permission, asked))) {
        throw new PhrError('forbidden', `The token has no scope system/${asked}.${needed.join('')}`);
      }
    },

    reach(caller) {
      switch (caller.role) {
        case 'integrator':
          return deps.demonstration ? EVERYTHING : NOTHING;
        case 'facility': {
          const { facilityCode } = caller;
          if (facilityCode === undefined || facilityCode === '') return NOTHING;
          // What a facility sent itself it may see, restricted or not: it holds the original.
          return {
            anyLabel: [`sender/${facilityCode}`],
            noLabel: [],
            redact: (resource) => redactForFacility(facilityCode, resource),
            narrow: (resourceType, criterion) => narrowForFacility(facilityCode, resourceType, criterion),
            mayRedact: mayHoldHidden,
          };
        }
        case 'station':
          return caller.communeCode === undefined || caller.communeCode === ''
            ? NOTHING
            : { anyLabel: [`commune/${caller.communeCode}`], noLabel: [RESTRICTED_LABELS] };
        case 'citizen':
          return caller.personId === undefined || caller.personId === ''
            ? NOTHING
            : { subject: caller.personId, noLabel: [RESTRICTED_LABELS] };
        case 'steward':
        case 'sender':
        case 'operator':
          return NOTHING;
      }
    },

    reachBeyondCatchment(caller, personId) {
      if (caller.role !== 'station' || !caller.communeCode || personId === '') {
        throw new PhrError('forbidden', 'Only a commune station may look beyond its catchment');
      }
      if (caller.reason === undefined || caller.reason.trim() === '') {
        throw new PhrError('forbidden', 'Cần ghi lý do để xem người ngoài địa bàn');
      }
      return { subject: personId, noLabel: [RESTRICTED_LABELS] };
    },

    writeLabels(caller) {
      const writer = `writer/${caller.agent.id}`;
      return caller.facilityCode === undefined ? [writer] : [`sender/${caller.facilityCode}`, writer];
    },

    lines: makeLines(deps),
  };
}

/** Pages are named after the role that uses them: `station-history`, `citizen-summary`, `steward-reviews`, `sender-receipts`. */
const isPageOf = (role: Role, interaction: string): boolean => interaction.startsWith(`${role}-`);
