import type { AuditEvent, AuditEventAgent, AuditEventEntity, CodeableConcept, Coding } from 'fhir/r4.js';
import { isResourceType } from '../../fhir/definitions/definitions.js';
import type { AccessAgent, AccessLine } from '../../store/access-log.js';

/** Systems of what FHIR names no code for. */
export const AUDIT_SYSTEMS = {
  eventType: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
  restfulInteraction: 'http://hl7.org/fhir/restful-interaction',
  resourceType: 'http://hl7.org/fhir/resource-types',
  entityType: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
  objectRole: 'http://terminology.hl7.org/CodeSystem/object-role',
  actReason: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
  /** A look through one of our pages. */
  page: 'urn:so-suc-khoe:cs:audit-event-type',
  interaction: 'urn:so-suc-khoe:cs:access-interaction',
  role: 'urn:so-suc-khoe:cs:role',
  account: 'urn:so-suc-khoe:sid:account',
  /** What is no FHIR resource, as `system + kind`: `urn:so-suc-khoe:sid:submission`. */
  thing: 'urn:so-suc-khoe:sid:',
} as const;

/** https://hl7.org/fhir/R4/valueset-type-restful-interaction.html, the codes in use here. */
const RESTFUL = new Set([
  'read',
  'vread',
  'update',
  'patch',
  'delete',
  'create',
  'search-type',
  'search-system',
  'history-instance',
  'history-type',
  'history-system',
  'transaction',
  'batch',
]);
/** Interactions of ours that are FHIR operations. */
const OPERATIONS = new Set(['patient-everything']);
const OPERATION: Coding = { system: AUDIT_SYSTEMS.restfulInteraction, code: 'operation' };
const REST: Coding = { system: AUDIT_SYSTEMS.eventType, code: 'rest', display: 'RESTful Operation' };
const PAGE: Coding = { system: AUDIT_SYSTEMS.page, code: 'page', display: 'Page' };
const PATIENT_ROLE: Coding = { system: AUDIT_SYSTEMS.objectRole, code: '1', display: 'Patient' };
const RESOURCE_ROLE: Coding = { system: AUDIT_SYSTEMS.objectRole, code: '4', display: 'Domain Resource' };
const REPORT_ROLE: Coding = { system: AUDIT_SYSTEMS.objectRole, code: '3', display: 'Report' };
const QUERY_ROLE: Coding = { system: AUDIT_SYSTEMS.objectRole, code: '24', display: 'Query' };
const PERSON_TYPE: Coding = { system: AUDIT_SYSTEMS.entityType, code: '1', display: 'Person' };
const SYSTEM_OBJECT: Coding = { system: AUDIT_SYSTEMS.entityType, code: '2', display: 'System Object' };
const NAME_OF_SERVICE = 'Sổ Sức Khỏe';

/** AuditEvent.type: software uses REST, people use pages. */
export const eventTypeOf = (line: AccessLine): Coding => (line.agent.kind === 'person' ? PAGE : REST);

/** Kind of thing that acts, as a reference would name it; there is no such resource behind it. */
export const agentTypeOf = (agent: AccessAgent): 'Device' | 'Practitioner' | 'Patient' =>
  agent.kind !== 'person' ? 'Device' : agent.role === 'citizen' ? 'Patient' : 'Practitioner';

/** What of a line a reader may learn. */
export type AuditView =
  /** The integrator, and who made the access. */
  | { readonly kind: 'whole' }
  /** The citizen: no other person, nothing of theirs, no clerk's account and no address; `accountId` marks the own looks. */
  | { readonly kind: 'citizen'; readonly personIds: readonly string[]; readonly accountId: string };

/** An access line as AuditEvent: https://hl7.org/fhir/R4/auditevent.html. Pure: the line is the truth, this a view of it. */
export function auditEventOf(line: AccessLine, view: AuditView): AuditEvent {
  const subtype = RESTFUL.has(line.interaction)
    ? { system: AUDIT_SYSTEMS.restfulInteraction, code: line.interaction }
    : { system: AUDIT_SYSTEMS.interaction, code: line.interaction };
  const entity = entitiesOf(line, view);
  return {
    resourceType: 'AuditEvent',
    id: line.id,
    type: eventTypeOf(line),
    subtype: OPERATIONS.has(line.interaction) ? [OPERATION, subtype] : [subtype],
    action: line.action,
    recorded: line.at,
    outcome: line.outcome,
    purposeOfEvent: [purposeOf(line)],
    agent: [agentOf(line, view)],
    source: { observer: { display: NAME_OF_SERVICE } },
    ...(entity.length === 0 ? {} : { entity }),
  };
}

function purposeOf({ purpose, reason }: AccessLine): CodeableConcept {
  return { coding: [{ system: AUDIT_SYSTEMS.actReason, code: purpose }], ...(reason === undefined ? {} : { text: reason }) };
}

function agentOf({ agent, network }: AccessLine, view: AuditView): AuditEventAgent {
  const isTold = view.kind === 'whole' || agent.kind !== 'person' || agent.id === view.accountId;
  return {
    role: [{ coding: [{ system: AUDIT_SYSTEMS.role, code: agent.role }] }],
    who: {
      type: agentTypeOf(agent),
      ...(isTold ? { identifier: { system: AUDIT_SYSTEMS.account, value: agent.id } } : {}),
      display: agent.display,
    },
    requestor: true,
    ...(network === undefined || view.kind === 'citizen' ? {} : { network: { address: network, type: '2' as const } }),
  };
}

function entitiesOf(line: AccessLine, view: AuditView): AuditEventEntity[] {
  const isMine = (id: string): boolean => view.kind === 'whole' || view.personIds.includes(id);
  const patients = line.patients.filter(isMine);
  // Of a look at several persons the citizen learns the kinds of content only: an id could be another person's.
  const what = patients.length === line.patients.length ? line.what : kindsOf(line.what);
  return [
    ...patients.map((id) => ({ what: { reference: `Patient/${id}` }, type: PERSON_TYPE, role: PATIENT_ROLE })),
    ...what.filter((text) => !patients.some((id) => text === `Patient/${id}`)).map(contentEntity),
  ];
}

function contentEntity(text: string): AuditEventEntity {
  const [, resourceType, id] = /^([A-Z][A-Za-z]*)(?:\/([A-Za-z0-9\-.]{1,64}))?$/.exec(text) ?? [];
  if (resourceType === undefined) return { description: text, role: RESOURCE_ROLE };
  if (!isResourceType(resourceType)) {
    // A kept file (`Submission/id`): there is no resource type to name, and no literal reference to it.
    const system = `${AUDIT_SYSTEMS.thing}${resourceType.toLowerCase()}`;
    const what = { ...(id === undefined ? {} : { identifier: { system, value: id } }), display: resourceType };
    return { what, type: SYSTEM_OBJECT, role: REPORT_ROLE };
  }
  const type = { system: AUDIT_SYSTEMS.resourceType, code: resourceType };
  return id === undefined ? { type, role: QUERY_ROLE } : { what: { reference: text }, type, role: RESOURCE_ROLE };
}

/** `Type` of each `Type/id`, once. */
export const kindsOf = (what: readonly string[]): readonly string[] => [
  ...new Set(what.map((text) => text.split('/', 1)[0] ?? text)),
];
