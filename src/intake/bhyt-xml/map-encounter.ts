import type { Coding, Encounter, Observation } from 'fhir/r4.js';
import { EXTENSIONS, SYSTEMS } from '../../fhir/systems.js';
import type { SourceResource } from '../parsed-visit.js';
import { labelOfCode } from './catalogues.js';
import { normalCode } from './field-checks.js';
import { hasDecimalComma, isPlainNumber, parseTime } from './values.js';
import type { SentTime } from './values.js';
import {
  ENCOUNTER,
  PATIENT,
  category,
  coded,
  extensionOf,
  facilityReference,
  identifierOf,
  labelOf,
  loinc,
  optional,
  quantity,
  source,
} from './visit-facts.js';
import type { VisitFacts } from './visit-facts.js';

/** MA_LOAI_KCB of stays (bhyt-xml.md §9). */
const INPATIENT = new Set(['03', '04', '06', '09']);
/** MA_LOAI_KCB whose NGAY_RA may be the last day of drugs or services at 2359 (bhyt-xml.md §5). */
const SENTINEL_END = new Set(['02', '05', '07']);
/** Kilograms above which a weight is a typing error (bhyt-xml.md §6). */
export const MAX_WEIGHT_KG = 200;

function classOf(type: string, emergency: boolean): Coding {
  const coding = (code: string, display: string): Coding => ({ system: SYSTEMS.actCode, code, display });
  if (emergency) return coding('EMER', 'emergency');
  if (INPATIENT.has(type)) return coding('IMP', 'inpatient encounter');
  if (type === '14') return coding('VR', 'virtual');
  return type === '12' ? coding('HH', 'home health') : coding('AMB', 'ambulatory');
}

/** End of the presence; undefined when not sent, not readable, before the start, or the sentinel. */
function endOf({ summary, start }: VisitFacts, type: string): SentTime | undefined {
  const end = parseTime(summary.get('NGAY_RA') ?? '');
  if (end === undefined) return undefined;
  if (SENTINEL_END.has(type) && end.order.slice(8, 12) === '2359') return undefined;
  const length = end.hasTime && start.hasTime ? 14 : 8;
  return end.order.slice(0, length) < start.order.slice(0, length) ? undefined : end;
}

/** The visit. Its diagnoses point to it, not the other way round, so that it tells nothing that they withhold. */
export function encounterOf(facts: VisitFacts): SourceResource {
  const { summary, facility, visitId, start, catalogues } = facts;
  const type = normalCode('MA_LOAI_KCB', summary.code('MA_LOAI_KCB') ?? '');
  const emergency = (summary.get('MA_DOITUONG_KCB') ?? summary.get('MA_LYDO_VVIEN')) === '2';
  const end = endOf(facts, type);
  const reason = summary.words('LY_DO_VV');
  const outcome = summary.get('KET_QUA_DTRI');
  const outcomeText = labelOfCode(catalogues, 'KET_QUA_DTRI', outcome);
  const typeText = labelOfCode(catalogues, 'MA_LOAI_KCB', type);
  const disposition = labelOfCode(catalogues, 'MA_LOAI_RV', summary.get('MA_LOAI_RV'));
  const from = summary.get('MA_NOI_DI');
  const to = summary.get('MA_NOI_DEN');
  const hospitalization = {
    ...optional('origin', from === undefined ? undefined : facilityReference(from)),
    ...optional('destination', to === undefined ? undefined : facilityReference(to)),
    ...optional('dischargeDisposition', disposition === undefined ? undefined : { text: disposition }),
  };
  const resource: Encounter = {
    resourceType: 'Encounter',
    id: 'encounter',
    ...(outcome === undefined || outcomeText === undefined
      ? {}
      : {
          extension: [
            extensionOf(EXTENSIONS.treatmentOutcome, {
              valueCodeableConcept: coded(SYSTEMS.treatmentOutcome, outcome, outcomeText),
            }),
          ],
        }),
    identifier: [{ ...identifierOf(SYSTEMS.visit, visitId), assigner: facilityReference(facility) }],
    status: summary.get('NGAY_RA') === undefined ? 'in-progress' : 'finished',
    class: classOf(type, emergency),
    ...(type === '' ? {} : { type: [coded(SYSTEMS.encounterType, type, typeText)] }),
    subject: PATIENT,
    period: { start: start.fhir, ...optional('end', end?.fhir) },
    ...(reason === undefined ? {} : { reasonCode: [{ text: reason }] }),
    ...(Object.keys(hospitalization).length === 0 ? {} : { hospitalization }),
    serviceProvider: facilityReference(facility),
  };
  return source(
    resource,
    [
      summary.trace('identifier', 'MA_LK'),
      summary.trace('serviceProvider', 'MA_CSKCB'),
      summary.trace('class', 'MA_LOAI_KCB'),
      summary.trace('type', 'MA_LOAI_KCB'),
      emergency ? summary.trace('class', 'MA_DOITUONG_KCB') : undefined,
      summary.trace('period.start', 'NGAY_VAO'),
      end === undefined ? undefined : summary.trace('period.end', 'NGAY_RA'),
      summary.trace('status', 'NGAY_RA'),
      summary.trace('reasonCode', 'LY_DO_VV'),
      summary.trace('hospitalization.origin', 'MA_NOI_DI'),
      summary.trace('hospitalization.destination', 'MA_NOI_DEN'),
      disposition === undefined ? undefined : summary.trace('hospitalization.dischargeDisposition', 'MA_LOAI_RV'),
      outcomeText === undefined ? undefined : summary.trace('extension', 'KET_QUA_DTRI'),
    ],
    labelOf(facts, reason),
  );
}

/** CAN_NANG. A value with a decimal comma is kept as text, not coded; 0 is how some systems write "not weighed". */
export function weightOf(facts: VisitFacts): readonly SourceResource[] {
  const { summary, start, facility, problems } = facts;
  const sent = summary.get('CAN_NANG');
  if (sent === undefined) return [];
  const base: Observation = {
    resourceType: 'Observation',
    id: 'weight',
    status: 'final',
    category: [category(SYSTEMS.observationCategory, 'vital-signs')],
    code: loinc('29463-7', 'Body weight', 'Cân nặng'),
    subject: PATIENT,
    encounter: ENCOUNTER,
    effectiveDateTime: start.fhir,
    performer: [facilityReference(facility)],
  };
  const trace = [summary.trace('effectiveDateTime', 'NGAY_VAO')];
  if (hasDecimalComma(sent)) {
    const asText: Observation = {
      ...base,
      dataAbsentReason: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'as-text' }],
      },
      note: [{ text: `Cân nặng như đã gửi: ${sent}` }],
    };
    return [source(asText, [summary.trace('note', 'CAN_NANG'), ...trace])];
  }
  if (!isPlainNumber(sent)) return []; // reported by the field checks
  if (Number(sent) <= 0 || Number(sent) > MAX_WEIGHT_KG) {
    problems.warn(
      'implausible',
      `phải lớn hơn 0 và không quá ${MAX_WEIGHT_KG} kg; không đưa vào hồ sơ`,
      summary.place('CAN_NANG'),
    );
    return [];
  }
  return [source({ ...base, valueQuantity: quantity(sent, 'kg', 'kg') }, [summary.trace('valueQuantity', 'CAN_NANG'), ...trace])];
}

/** NHOM_MAU: a trait of the person, so no encounter. LOINC by what was given: reference vn-core §d. */
export function bloodGroupOf({ summary, start, catalogues }: VisitFacts): readonly SourceResource[] {
  const sent = summary.get('NHOM_MAU');
  if (sent === undefined) return [];
  const group = normalCode('NHOM_MAU', sent);
  if (labelOfCode(catalogues, 'NHOM_MAU', group) === undefined) return []; // reported by the field checks
  const code = group.startsWith('Rh')
    ? loinc('10331-7', 'Rh [Type] in Blood', 'Nhóm máu Rh')
    : /[+-]$/.test(group)
      ? loinc('882-1', 'ABO and Rh group [Type] in Blood', 'Nhóm máu ABO, Rh')
      : loinc('883-9', 'ABO group [Type] in Blood', 'Nhóm máu ABO');
  const resource: Observation = {
    resourceType: 'Observation',
    id: 'blood-group',
    status: 'final',
    category: [category(SYSTEMS.observationCategory, 'laboratory')],
    code,
    subject: PATIENT,
    effectiveDateTime: start.fhir,
    valueCodeableConcept: { text: group },
  };
  return [source(resource, [summary.trace('valueCodeableConcept', 'NHOM_MAU'), summary.trace('effectiveDateTime', 'NGAY_VAO')])];
}
