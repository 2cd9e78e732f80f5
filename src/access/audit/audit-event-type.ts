import type { AuditEvent } from 'fhir/r4.js';
import { PhrError } from '../../errors.js';
import type { Caller } from '../../fhir/access-policy.js';
import type { VirtualType } from '../../fhir/virtual-type.js';
import type { AccessLine, AccessQuery, AccessReads } from '../../store/access-log.js';
import type { SearchCriterion, SearchValue } from '../../store/resource-store.js';
import { agentTypeOf, auditEventOf, AUDIT_SYSTEMS, eventTypeOf } from './audit-event.js';
import type { AuditView } from './audit-event.js';
import { lineStream } from './line-stream.js';

/** Parameters of interfaces.md §2, and `_id`. */
export const AUDIT_EVENT_PARAMS = ['_id', 'agent', 'date', 'entity', 'patient', 'type'] as const;

/** One access line's reader: which lines, and what of them. */
interface Reach {
  readonly view: AuditView;
  /** Alternatives of which every visible line fulfils one; empty = no line. */
  readonly lines: readonly Omit<AccessQuery, 'limit' | 'before'>[];
  readonly sees: (line: AccessLine) => boolean;
}

/**
 * AuditEvent, rendered from access lines when asked for. Reach: the integrator (demonstration) everything, a citizen the lines of the own
 * person, a facility the accesses of its own client; everybody else nothing.
 *
 * @param deps.personIds every id under which lines of a person may stand (after merges); by default the id itself
 */
export function makeAuditEventType(deps: {
  readonly store: AccessReads;
  readonly demonstration: boolean;
  readonly personIds?: (personId: string) => Promise<readonly string[]>;
}): VirtualType {
  const personIds = deps.personIds ?? ((personId: string) => Promise.resolve([personId]));

  const reachOf = async (caller: Caller): Promise<Reach | undefined> => {
    if (caller.role === 'integrator' && deps.demonstration) {
      return { view: { kind: 'whole' }, lines: [{}], sees: () => true };
    }
    if (caller.role === 'facility') {
      const agentId = caller.agent.id;
      return {
        view: { kind: 'whole' },
        lines: [{ agentId }],
        sees: ({ agent }) => agent.kind === 'software' && agent.id === agentId,
      };
    }
    if (caller.role === 'citizen' && caller.personId !== undefined) {
      const ids = await personIds(caller.personId);
      return {
        view: { kind: 'citizen', personIds: ids, accountId: caller.agent.id },
        lines: ids.map((patient) => ({ patient })),
        sees: ({ patients }) => patients.some((id) => ids.includes(id)),
      };
    }
    return undefined;
  };

  return {
    resourceType: 'AuditEvent',
    searchParams: AUDIT_EVENT_PARAMS,

    async read(caller, id) {
      const reach = await reachOf(caller);
      const line = reach === undefined ? undefined : await deps.store.accessLine(id);
      return reach !== undefined && line !== undefined && reach.sees(line) ? auditEventOf(line, reach.view) : undefined;
    },

    async search(caller, { criteria, count, cursor }) {
      const tests = criteria.map(testOf);
      const reach = await reachOf(caller);
      if (reach === undefined || count === 0) return { items: [], patients: [] };
      if (cursor !== undefined && (await deps.store.accessLine(cursor)) === undefined) {
        throw new PhrError('invalid', 'The page asked for is not known');
      }
      const items: AuditEvent[] = [];
      const patients = new Set<string>();
      let next: string | undefined;
      let last: string | undefined;
      for await (const { line, isLastOfScan } of lineStream(deps.store, narrowed(reach.lines, criteria), cursor)) {
        if (reach.sees(line) && tests.every((test) => test(line, reach.view))) {
          if (items.length === count) {
            next = last;
            break;
          }
          items.push(auditEventOf(line, reach.view));
          for (const id of line.patients) if (reach.view.kind === 'whole' || reach.view.personIds.includes(id)) patients.add(id);
        }
        last = line.id;
        if (isLastOfScan) next = line.id;
      }
      return { items, patients: [...patients], ...(next === undefined ? {} : { next }) };
    },
  };
}

type LineTest = (line: AccessLine, view: AuditView) => boolean;

/** @throws PhrError `unsupported` for a modifier or value that lines can't answer */
function testOf(criterion: SearchCriterion): LineTest {
  const isAgentIdentifier = criterion.param === 'agent' && criterion.modifier === 'identifier';
  if (criterion.modifier !== undefined && !isAgentIdentifier) throw unsupported(criterion);
  const tests = criterion.values.map((value) => valueTest(criterion, value));
  return (line, view) => tests.some((test) => test(line, view));
}

function valueTest(criterion: SearchCriterion, value: SearchValue): LineTest {
  const { param } = criterion;
  if (param === '_id' && (value.kind === 'token' || value.kind === 'string')) {
    const id = value.kind === 'token' ? value.code : value.text;
    return (line) => line.id === id;
  }
  if (param === 'patient' && value.kind === 'reference') {
    return (line, view) => personsIn(line, view).includes(value.id) && (value.resourceType ?? 'Patient') === 'Patient';
  }
  if (param === 'entity' && value.kind === 'reference') {
    const { resourceType, id } = value;
    return (line, view) => {
      if ((resourceType ?? 'Patient') === 'Patient' && personsIn(line, view).includes(id)) return true;
      // What the view does not show can't be found either.
      if (view.kind === 'citizen' && line.patients.some((patient) => !view.personIds.includes(patient))) return false;
      return line.what.some((text) => (resourceType === undefined ? text.endsWith(`/${id}`) : text === `${resourceType}/${id}`));
    };
  }
  if (param === 'agent') {
    if (value.kind === 'reference' && criterion.modifier === undefined) {
      return ({ agent }, view) =>
        isTold(agent, view) && agent.id === value.id && (value.resourceType ?? agentTypeOf(agent)) === agentTypeOf(agent);
    }
    if (value.kind === 'token' && criterion.modifier === 'identifier') {
      return ({ agent }, view) => isTold(agent, view) && tokenMatches(value, AUDIT_SYSTEMS.account, agent.id);
    }
  }
  if (param === 'type' && value.kind === 'token') {
    return (line) => {
      const { system, code } = eventTypeOf(line);
      return tokenMatches(value, system, code);
    };
  }
  if (param === 'date' && value.kind === 'date' && value.prefix !== 'ap') return dateTest(value);
  throw unsupported(criterion);
}

const unsupported = ({ param, modifier }: SearchCriterion): PhrError =>
  new PhrError(
    'unsupported',
    `AuditEvent can not be searched by ${modifier === undefined ? param : `${param}:${modifier}`} in this way`,
  );

const personsIn = ({ patients }: AccessLine, view: AuditView): readonly string[] =>
  view.kind === 'whole' ? patients : patients.filter((id) => view.personIds.includes(id));

const isTold = (agent: AccessLine['agent'], view: AuditView): boolean =>
  view.kind === 'whole' || agent.kind !== 'person' || agent.id === view.accountId;

const tokenMatches = (
  asked: Extract<SearchValue, { kind: 'token' }>,
  system: string | undefined,
  code: string | undefined,
): boolean => (asked.system === undefined || asked.system === system) && (asked.code === undefined || asked.code === code);

/** A line is one instant of millisecond precision: https://hl7.org/fhir/R4/search.html#date */
function dateTest({ prefix, start, end }: Extract<SearchValue, { kind: 'date' }>): LineTest {
  const inside = (at: number): boolean => at >= start && at < end;
  return (line) => {
    const at = Date.parse(line.at);
    switch (prefix) {
      case 'ne':
        return !inside(at);
      case 'gt':
      case 'sa':
        return at >= end;
      case 'lt':
      case 'eb':
        return at < start;
      case 'ge':
        return at >= start;
      case 'le':
        return at < end;
      default:
        return inside(at);
    }
  };
}

/** Reach narrowed by what the store can answer itself; the tests hold in every case. */
function narrowed(reach: Reach['lines'], criteria: readonly SearchCriterion[]): Reach['lines'] {
  const times = criteria.flatMap(({ param, values }) => (param === 'date' && values.length === 1 ? values : []));
  let bounds: { readonly from?: string; readonly to?: string } = {};
  for (const value of times) {
    if (value.kind !== 'date') continue;
    const { prefix, start, end } = value;
    const from = prefix === 'eq' || prefix === 'ge' ? start : prefix === 'gt' || prefix === 'sa' ? end : undefined;
    const to = prefix === 'eq' || prefix === 'le' ? end : prefix === 'lt' || prefix === 'eb' ? start : undefined;
    bounds = {
      ...bounds,
      ...(isInstant(from) && bounds.from === undefined ? { from: new Date(from).toISOString() } : {}),
      ...(isInstant(to) && bounds.to === undefined ? { to: new Date(to).toISOString() } : {}),
    };
  }
  return criteria.reduce<Reach['lines']>(
    (lines, criterion) => {
      const alternatives = alternativesOf(criterion);
      if (alternatives === undefined || lines.length * alternatives.length > ALTERNATIVES_MAX) return lines;
      // A condition that is there already stays; the tests do the rest.
      return lines.flatMap((one) => alternatives.map((alternative) => ({ ...alternative, ...one })));
    },
    reach.map((lines) => ({ ...lines, ...bounds })),
  );
}

/** Streams merged for one search; a criterion that would need more is left to the tests. */
const ALTERNATIVES_MAX = 20;

/** Conditions of the store of which every line that fulfils the criterion fulfils one; undefined = the store can't narrow by it. */
function alternativesOf({ param, values }: SearchCriterion): Reach['lines'] | undefined {
  const alternatives = values.map((value): Reach['lines'] | undefined => {
    if (param === 'agent' && value.kind === 'token' && value.code !== undefined) return [{ agentId: value.code }];
    if (value.kind !== 'reference') return undefined;
    if (param === 'patient') return [{ patient: value.id }];
    if (param === 'agent') return [{ agentId: value.id }];
    if (param !== 'entity' || value.resourceType === undefined) return undefined;
    const reference = { reference: `${value.resourceType}/${value.id}` };
    return value.resourceType === 'Patient' ? [{ patient: value.id }, reference] : [reference];
  });
  return alternatives.some((one) => one === undefined) ? undefined : alternatives.flatMap((one) => one ?? []);
}

/** Years 0 to 9999, in which texts order like times. */
const isInstant = (ms: number | undefined): ms is number =>
  ms !== undefined && ms >= -62_167_219_200_000 && ms < 253_402_300_800_000;
