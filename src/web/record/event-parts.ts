import type { Condition, DiagnosticReport, Encounter, FhirResource, MedicationRequest, Observation, Procedure } from 'fhir/r4.js';
import { SYSTEMS } from '../../fhir/systems.js';
import { codeOf } from '../words/fhir-text.js';

/** The resources of one event, by where they stand on the page. */
export interface EventParts {
  readonly encounter: Encounter | undefined;
  readonly conditions: readonly Condition[];
  readonly vitals: readonly Observation[];
  readonly medicines: readonly MedicationRequest[];
  readonly reports: readonly ReportWithResults[];
  /** Results that no report names. */
  readonly looseResults: readonly Observation[];
  /** Services and procedures without a report of their own. */
  readonly procedures: readonly Procedure[];
  readonly findings: readonly Observation[];
  readonly others: readonly FhirResource[];
}

export interface ReportWithResults {
  readonly report: DiagnosticReport;
  readonly results: readonly Observation[];
}

export const roleOf = (condition: Condition): string | undefined =>
  condition.category?.map((category) => codeOf(category, SYSTEMS.conditionRole)).find((code) => code !== undefined);

const categoryOf = (observation: Observation): string | undefined =>
  observation.category
    ?.map((category) => codeOf(category, SYSTEMS.observationCategory))
    .find((category) => category !== undefined);

const isVital = (observation: Observation): boolean => categoryOf(observation) === 'vital-signs';
const isResult = (observation: Observation): boolean =>
  categoryOf(observation) === 'laboratory' || categoryOf(observation) === 'imaging';

const serviceCode = ({ code }: Procedure | DiagnosticReport): string | undefined =>
  code?.coding?.find(({ code: value }) => value !== undefined)?.code;

const byTime = (a: Observation, b: Observation): number =>
  (a.effectiveDateTime ?? '') < (b.effectiveDateTime ?? '')
    ? -1
    : (a.effectiveDateTime ?? '') > (b.effectiveDateTime ?? '')
      ? 1
      : 0;

/** Sorts the resources of an event onto the page; every one has a place. */
export function eventParts(resources: readonly FhirResource[]): EventParts {
  const of = <T extends FhirResource['resourceType']>(type: T): Extract<FhirResource, { resourceType: T }>[] =>
    resources.filter((resource): resource is Extract<FhirResource, { resourceType: T }> => resource.resourceType === type);
  const observations = of('Observation').sort(byTime);
  const [encounter, ...moreEncounters] = of('Encounter');

  const results = new Map(
    observations.filter((found) => !isVital(found)).map((found) => [`Observation/${found.id ?? ''}`, found]),
  );
  const named = new Set<string>();
  const reports = of('DiagnosticReport').map((report) => ({
    report,
    results: (report.result ?? []).flatMap(({ reference = '' }) => {
      const result = named.has(reference) ? undefined : results.get(reference);
      if (result === undefined) return [];
      named.add(reference);
      return [result];
    }),
  }));
  const reported = new Set(reports.map(({ report }) => serviceCode(report)).filter((code) => code !== undefined));
  const isNamed = (found: Observation): boolean => named.has(`Observation/${found.id ?? ''}`);
  const loose = observations.filter((found) => !isVital(found) && !isNamed(found));
  const rank = (condition: Condition): number => (roleOf(condition) === 'main' ? 0 : 1);
  const shownTypes = new Set(['Encounter', 'Condition', 'Observation', 'MedicationRequest', 'DiagnosticReport', 'Procedure']);
  return {
    encounter,
    conditions: of('Condition').sort((a, b) => rank(a) - rank(b)),
    vitals: observations.filter(isVital),
    medicines: of('MedicationRequest'),
    reports,
    looseResults: loose.filter(isResult),
    procedures: of('Procedure').filter((procedure) => !reported.has(serviceCode(procedure) ?? ' ')),
    findings: loose.filter((found) => !isResult(found)),
    others: [...moreEncounters, ...resources.filter(({ resourceType }) => !shownTypes.has(resourceType))],
  };
}
