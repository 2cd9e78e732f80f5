import type { Patient } from 'fhir/r4.js';
import { labelOf } from '../messages/language.js';
import type { Messages } from '../messages/vi.js';
import type { SummaryRow } from '../ui/parts.js';
import { Callout, SummaryList } from '../ui/parts.js';
import { ageOn, dateText, vietnamDay } from '../words/dates.js';
import { communeOf, conflictsOf, numbersOf, patientName } from '../words/fhir-text.js';
import type { RecordView } from './record-view.js';
import { Conflicts, SourceLink } from './record-view.js';

export function ageText(birthDate: string | undefined, now: Date, t: Messages): string | undefined {
  const age = birthDate === undefined ? undefined : ageOn(birthDate, vietnamDay(now));
  if (age === undefined) return undefined;
  return 'years' in age ? t.person.age(age.years) : t.person.ageMonths(age.months);
}

export const sexText = (patient: Patient, t: Messages): string => t.sex[patient.gender ?? 'unknown'];

/** Sex, age and birth date in one line. */
export function personLine(patient: Patient, now: Date, t: Messages): string {
  const { birthDate } = patient;
  const born = birthDate === undefined ? undefined : `${t.search.born} ${dateText(birthDate)}`;
  return [sexText(patient, t), ageText(birthDate, now, t), born].filter((text) => text !== undefined).join(' · ');
}

/** Details of a person as pairs, the numbers first. */
export function personRows(patient: Patient, t: Messages): readonly SummaryRow[] {
  const numbers = numbersOf(patient, t);
  const phones = (patient.telecom ?? []).flatMap(({ value }) => value ?? []);
  const addresses = (patient.address ?? []).flatMap(({ text }) => text ?? []);
  const commune = communeOf(patient);
  return [
    ...numbers
      .filter(({ isRecordNumber }) => !isRecordNumber)
      .map(({ label, value }) => ({ label, value: <span class="number">{value}</span> })),
    ...(phones.length === 0 ? [] : [{ label: t.person.phone, value: phones.join(', ') }]),
    ...(addresses.length === 0 ? [] : [{ label: t.person.address, value: addresses.join('; ') }]),
    ...(commune === undefined ? [] : [{ label: t.person.commune, value: commune }]),
    ...(patient.deceasedDateTime === undefined ? [] : [{ label: t.person.deceased, value: dateText(patient.deceasedDateTime) }]),
    ...numbers.filter(({ isRecordNumber }) => isRecordNumber).map(({ label, value }) => ({ label, value })),
  ];
}

/** Who this is: name, sex, age, numbers, commune, telephone; what the sources disagree about. */
export const PersonHead = ({ view, patient }: { readonly view: RecordView; readonly patient: Patient }) => {
  const { page } = view;
  const { t } = page;
  const name = patientName(patient, t);
  return (
    <header class="person">
      <h1>{name}</h1>
      <p class="person-line">
        {personLine(patient, page.now, t)} <SourceLink view={view} of={patient} what={labelOf(t.type, 'Patient')} />
      </p>
      <SummaryList compact rows={personRows(patient, t)} />
      {conflictsOf(patient).length === 0 ? null : (
        <Callout tone="warn" title={t.person.conflict}>
          <Conflicts page={page} of={patient} />
        </Callout>
      )}
    </header>
  );
};
