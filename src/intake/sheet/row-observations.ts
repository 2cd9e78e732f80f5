import type { CodeableConcept, Encounter, Observation, ObservationComponent, Quantity } from 'fhir/r4.js';
import { SYSTEMS } from '../../fhir/systems.js';
import { loinc, quantity as asQuantity } from '../bhyt-xml/visit-facts.js';
import { numberText } from '../number-text.js';
import type { FieldTrace, SourceResource } from '../parsed-visit.js';
import type { Sent } from '../demographics.js';
import type { RowHead, SheetRow } from './read-row.js';
import type { MeasuredQuantity, SheetObservation } from './template.js';

/** Slip numbers are the sender's own: the same number of another sender, or of another template, is another slip. */
export const slipSystem = (sender: string, template: string): string =>
  `urn:so-suc-khoe:sid:phieu:${encodeURIComponent(sender)}:${template}`;

/** The session at which the row was measured. */
export function rowEncounter(row: SheetRow, head: RowHead, sender: string): SourceResource {
  const { template } = row;
  const slipColumn = template.columns.find(({ kind }) => kind === 'slip-number')?.name ?? '';
  const resource: Encounter = {
    resourceType: 'Encounter',
    id: 'encounter',
    identifier: [{ system: slipSystem(sender, template.name), value: head.slip }],
    status: 'finished',
    class: { system: SYSTEMS.actCode, code: 'AMB', display: 'ambulatory' },
    type: [{ text: template.label }],
    subject: { reference: 'Patient/patient' },
    period: { start: head.eventDate.value },
  };
  const slip = row.cell(slipColumn);
  return {
    resource,
    trace: [
      ...(slip === undefined ? [] : [{ path: 'identifier[0].value', ...slip.trace }]),
      { path: 'period.start', ...head.eventDate.trace },
    ],
  };
}

/** The template's observations that have a value in this row. */
export const rowObservations = (row: SheetRow, head: RowHead): readonly SourceResource[] =>
  row.template.observations.flatMap((observation) => {
    const built = build(row, observation);
    if (built === undefined) return [];
    const resource: Observation = {
      resourceType: 'Observation',
      id: observation.id,
      status: 'final',
      category: [{ coding: [{ system: SYSTEMS.observationCategory, code: observation.category }] }],
      subject: { reference: 'Patient/patient' },
      encounter: { reference: 'Encounter/encounter' },
      effectiveDateTime: head.eventDate.value,
      ...built.content,
    };
    return [{ resource, trace: [...built.trace, { path: 'effectiveDateTime', ...head.eventDate.trace }] }];
  });

interface Built {
  readonly content: Pick<Observation, 'code'> & Partial<Observation>;
  readonly trace: readonly FieldTrace[];
}

function build(row: SheetRow, observation: SheetObservation): Built | undefined {
  switch (observation.form) {
    case 'quantity': {
      const { quantity } = observation;
      const sent = row.cell(quantity.column);
      if (sent === undefined) return undefined;
      const value = readQuantity(row, sent, quantity);
      return { content: { code: coded(quantity), ...value.content }, trace: [{ path: value.path, ...sent.trace }] };
    }
    case 'panel': {
      const component: ObservationComponent[] = [];
      const trace: FieldTrace[] = [];
      for (const quantity of observation.components) {
        const sent = row.cell(quantity.column);
        if (sent === undefined) continue;
        const value = readQuantity(row, sent, quantity);
        trace.push({ path: `component[${component.length}].${value.path}`, ...sent.trace });
        component.push({ code: coded(quantity), ...value.content });
      }
      if (component.length === 0) return undefined;
      const missing = observation.components.filter(({ column }) => row.cell(column) === undefined);
      for (const { column } of missing) row.problem('warning', 'incomplete-panel', column, `Thiếu ${column}`);
      return { content: { code: coded(observation), component }, trace };
    }
    case 'quantity-with-unit-column':
      return buildWithUnit(row, observation);
  }
}

function buildWithUnit(row: SheetRow, observation: SheetObservation & { form: 'quantity-with-unit-column' }): Built | undefined {
  const sent = row.cell(observation.column);
  if (sent === undefined) return undefined;
  const unit = row.cell(observation.unitColumn);
  const timing = row.cell(observation.timing.column);
  const known = unit && observation.units.find(({ ucum }) => ucum.toLowerCase() === unit.value.replace(/\s+/g, '').toLowerCase());
  const value =
    known === undefined
      ? uncoded(row, sent, unit, observation)
      : readQuantity(row, sent, { ...known, column: observation.column });
  // Without its unit the number has no meaning that a code could promise.
  const code: CodeableConcept = known !== undefined && value.path === 'valueQuantity' ? coded(known) : { text: observation.text };
  const component = timing && [{ code: { text: observation.timing.text }, valueString: timing.value }];
  return {
    content: { code, ...value.content, ...(component === undefined ? {} : { component }) },
    trace: [
      { path: value.path, ...sent.trace },
      ...(unit === undefined
        ? []
        : [{ path: value.path === 'valueQuantity' ? 'valueQuantity.unit' : 'valueString', ...unit.trace }]),
      ...(timing === undefined ? [] : [{ path: 'component[0].valueString', ...timing.trace }]),
    ],
  };
}

type ReadValue =
  | { readonly path: 'valueQuantity'; readonly content: { readonly valueQuantity: Quantity } }
  | { readonly path: 'valueString'; readonly content: { readonly valueString: string } };

function uncoded(
  row: SheetRow,
  sent: Sent,
  unit: Sent | undefined,
  { column, unitColumn, units }: { column: string; unitColumn: string; units: readonly { ucum: string }[] },
): ReadValue {
  const known = units.map(({ ucum }) => ucum).join(' hoặc ');
  if (unit === undefined)
    row.problem('warning', 'missing-unit', unitColumn, `Thiếu đơn vị (${known}): ${column} được giữ nguyên văn`);
  else row.problem('warning', 'unknown-unit', unitColumn, `Đơn vị phải là ${known}: ${column} được giữ nguyên văn`);
  return asText(unit === undefined ? sent.value : `${sent.value} ${unit.value}`);
}

/** The number with its unit; what is no number is kept as text. */
function readQuantity(row: SheetRow, sent: Sent, quantity: MeasuredQuantity): ReadValue {
  const number = numberText(sent.value, true);
  if (number === undefined) {
    row.problem('warning', 'not-a-number', quantity.column, `${quantity.column}: không phải một số, được giữ nguyên văn`);
    return asText(sent.value);
  }
  const [from, to] = quantity.plausible;
  if (Number(number) < from || Number(number) > to) {
    row.problem(
      'warning',
      'implausible',
      quantity.column,
      `${quantity.column}: ngoài khoảng thường gặp ${from}–${to} ${quantity.unit}`,
    );
  }
  return {
    path: 'valueQuantity',
    content: { valueQuantity: asQuantity(number, quantity.unit, quantity.ucum) },
  };
}

const asText = (text: string): ReadValue => ({ path: 'valueString', content: { valueString: text } });

const coded = ({
  code,
  display,
  text,
}: {
  readonly code: string;
  readonly display: string;
  readonly text: string;
}): CodeableConcept => loinc(code, display, text);
