import type { Encounter } from 'fhir/r4.js';
import { SYSTEMS } from '../../fhir/systems.js';
import { cutEnvelope } from '../bhyt-xml/envelope-cut.js';
import { ProblemList } from '../bhyt-xml/problems.js';
import type { RestrictionOf } from '../bhyt-xml/visit-facts.js';
import { facilityReference, optional, source } from '../bhyt-xml/visit-facts.js';
import { patientOf } from '../demographics.js';
import type { IntakeFormat, ParsedVisit, SourceResource } from '../parsed-visit.js';
import { conclusionConditions, historyConditions } from './checkup-conditions.js';
import { readCheckupContext } from './checkup-context.js';
import type { CheckupFacts } from './checkup-facts.js';
import { isHistoryList, labelOfText, restrictionOfCheckup } from './checkup-facts.js';
import type { CheckupField } from './checkup-fields.js';
import { fieldsOf, traceOf } from './checkup-fields.js';
import type { CheckupHead } from './checkup-head.js';
import { HEAD_TAGS, checkContent, isUnshownTag, readHead, readKey } from './checkup-head.js';
import { readParts } from './checkup-parts.js';
import { measuredObservation } from './measured-fields.js';
import { resultObservation, tagObservation } from './text-fields.js';

/**
 * Periodic check-ups of QĐ 2062, adult form: the KHAMSUCKHOE file (vn-core.md §e, interfaces.md §3). Business key
 * `check-up|MA_CSKCB|MA_LK`.
 *
 * @param deps.restrictionOf label of content that is never shown by default
 */
export function makeHealthCheckupFormat(deps: { readonly restrictionOf: RestrictionOf }): IntakeFormat {
  return {
    door: 'health-checkup',
    cut: (file, limits) => cutEnvelope(file, limits, { root: 'KHAMSUCKHOE', wrongRoot }),
    readContext: readCheckupContext,

    parse(segment, position, context, sender): ParsedVisit {
      const problems = new ProblemList(`Hồ sơ thứ ${position}`);
      const base = { kind: 'check-up', position, issueTime: context.issueTime, withdrawal: false } as const;
      const refused = (known: Pick<ParsedVisit, 'key' | 'sender'> = {}): ParsedVisit => ({
        ...base,
        ...known,
        subjects: [],
        problems: problems.list(),
        refused: true,
      });
      const parts = readParts(segment, problems);
      if (parts === undefined) return refused();
      const content = fieldsOf(parts);
      const key = readKey(content, sender, problems);
      if (key === undefined) return refused();
      const known = { key: `check-up|${key.facility.value}|${key.episode.value}`, sender: key.facility.value };
      const head = readHead(content, key, problems);
      if (head === undefined || problems.list().some(({ severity }) => severity === 'error')) return refused(known);
      checkContent(content, problems);

      const restriction = restrictionOfCheckup(content, deps.restrictionOf);
      const facts: CheckupFacts = {
        content,
        facility: key.facility.value,
        start: head.start,
        startField: head.startField,
        problems,
        restrictionOf: deps.restrictionOf,
        restriction,
      };
      const subject = patientOf(head.demographics, { source: key.facility.value, sourceType: 'check-up' });
      const resources = [encounterOf(facts, head), ...resourcesOf(facts)];
      return {
        ...base,
        ...known,
        eventDate: head.start.fhir,
        subjects: [{ ...subject, resources }],
        problems: problems.list(),
        refused: false,
      };
    },
  };
}

function encounterOf(facts: CheckupFacts, head: CheckupHead): SourceResource {
  const resource: Encounter = {
    resourceType: 'Encounter',
    id: 'encounter',
    identifier: [{ system: SYSTEMS.visit, value: head.episode.value, assigner: facilityReference(facts.facility) }],
    status: 'finished',
    class: { system: SYSTEMS.actCode, code: 'AMB', display: 'ambulatory' },
    type: [{ text: 'Khám sức khỏe định kỳ' }],
    subject: { reference: 'Patient/patient' },
    period: { start: head.start.fhir, ...optional('end', head.end?.time.fhir) },
    ...(head.reason === undefined ? {} : { reasonCode: [{ text: head.reason.value }] }),
    serviceProvider: facilityReference(facts.facility),
  };
  return source(
    resource,
    [
      traceOf('identifier', head.episode),
      traceOf('serviceProvider', head.facility),
      traceOf('period.start', head.startField),
      head.end && traceOf('period.end', head.end.field),
      head.reason && traceOf('reasonCode', head.reason),
    ],
    head.reason === undefined ? undefined : labelOfText(facts, head.reason.value),
  );
}

/** Every filled field once: measures in LOINC, diseases as Conditions, everything else under its tag. */
function resourcesOf(facts: CheckupFacts): readonly SourceResource[] {
  const resources: SourceResource[] = [];
  const count = { history: 0, conclusion: 0 };
  /** Values already said under a tag: the same measure may be repeated in another part. */
  const said = new Map<string, string[]>();
  for (const field of facts.content.fields) {
    if (HEAD_TAGS.has(field.tag) || isUnshownTag(field.tag)) continue;
    const earlier = said.get(field.tag) ?? [];
    if (earlier.includes(field.value)) continue;
    said.set(field.tag, [...earlier, field.value]);
    resources.push(...resourcesOfField(facts, field, earlier.length, count));
  }
  facts.content.results.forEach((row, index) => {
    const result = resultObservation(facts, row, index);
    if (result !== undefined) resources.push(result);
  });
  return resources;
}

function resourcesOfField(
  facts: CheckupFacts,
  field: CheckupField,
  repeated: number,
  count: { history: number; conclusion: number },
): readonly SourceResource[] {
  const list = isHistoryList(field.tag) ? 'history' : field.tag === 'KET_LUAN_BENH' ? 'conclusion' : undefined;
  if (list !== undefined) {
    const read = list === 'history' ? historyConditions : conclusionConditions;
    const { conditions, rest } = read(facts, field, count[list]);
    count[list] += conditions.length;
    return rest === undefined ? conditions : [...conditions, tagObservation(facts, field, repeated, rest)];
  }
  return [measuredObservation(facts, field, repeated) ?? tagObservation(facts, field, repeated)];
}

function wrongRoot(name: string): string {
  if (name === 'GIAMDINHHS') return 'Tệp là dữ liệu BHYT (GIAMDINHHS): hãy gửi qua cửa /intake/bhyt-xml';
  if (/^html$/i.test(name)) return 'Tệp là trang HTML, không phải XML KHAMSUCKHOE; hãy kiểm tra lại tệp xuất từ phần mềm';
  if (/^(TREN_18|DUOI_18|LAI_XE|DUONG_SAT|THUYEN_VIEN|MAU_)/.test(name)) {
    return 'Tệp theo mẫu của QĐ 1551; cửa này nhận tệp KHAMSUCKHOE theo QĐ 2062';
  }
  return 'Thẻ gốc không phải KHAMSUCKHOE; cửa này chỉ nhận tệp khám sức khỏe theo QĐ 2062';
}
