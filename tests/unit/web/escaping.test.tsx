import { describe, expect, test } from '@jest/globals';
import type { FhirResource } from 'fhir/r4.js';
import { renderToString } from 'preact-render-to-string';
import { EXTENSIONS, SYSTEMS } from '../../../src/fhir/systems.js';
import type { HistoryPage as History } from '../../../src/record/reader/person-reader.js';
import { SummaryPage, WhoLookedPage } from '../../../src/web/citizen/pages.js';
import type { PageContext } from '../../../src/web/http/page-context.js';
import { vi } from '../../../src/web/messages/vi.js';
import { TracePage } from '../../../src/web/record/trace-page.js';
import { ReceiptPage } from '../../../src/web/sender/pages.js';
import { HistoryPage } from '../../../src/web/station/history-page.js';
import { ResultsPage } from '../../../src/web/station/search-pages.js';

const EVIL = `<script>alert(1)</script>"onload='x'`;
const page: PageContext = {
  t: vi,
  language: 'vi',
  path: '/',
  session: undefined,
  demonstration: false,
  now: new Date('2026-11-25T08:00:00Z'),
  requestId: 'r',
  stylesheet: '/assets/x.css',
};

const patient = {
  resourceType: 'Patient',
  id: 'p',
  name: [{ text: EVIL }],
  identifier: [{ system: SYSTEMS.nationalId, value: EVIL }],
  telecom: [{ value: EVIL }],
  address: [{ text: EVIL }],
  birthDate: EVIL,
  extension: [
    {
      url: EXTENSIONS.conflict,
      extension: [
        { url: 'path', valueString: EVIL },
        { url: 'value', valueString: EVIL },
      ],
    },
  ],
} as const;
const resources = [
  { resourceType: 'Encounter', id: EVIL, status: 'finished', class: {}, type: [{ text: EVIL }], reasonCode: [{ text: EVIL }] },
  { resourceType: 'Condition', id: 'c', subject: {}, code: { text: EVIL, coding: [{ system: SYSTEMS.icd10, code: EVIL }] } },
  {
    resourceType: 'MedicationRequest',
    id: 'm',
    status: 'completed',
    intent: 'order',
    subject: {},
    medicationCodeableConcept: { text: EVIL },
    dosageInstruction: [{ text: EVIL }],
    authoredOn: '2026-11-01',
  },
  { resourceType: 'Observation', id: 'o', status: 'final', code: { text: EVIL }, valueString: EVIL, effectiveDateTime: EVIL },
  { resourceType: 'DiagnosticReport', id: 'd', status: 'final', code: { text: EVIL }, conclusion: EVIL },
  { resourceType: 'Procedure', id: 'pr', status: 'completed', subject: {}, code: { text: EVIL } },
  { resourceType: 'AllergyIntolerance', id: 'a', patient: {}, code: { text: EVIL } },
  { resourceType: 'Immunization', id: 'i', status: 'completed', patient: {}, vaccineCode: { text: EVIL } },
  { resourceType: 'Coverage', id: 'co', status: 'active', beneficiary: {}, payor: [], identifier: [{ value: EVIL }] },
] as unknown as readonly FhirResource[];
const history: History = {
  personId: 'p',
  patient: patient as never,
  updating: true,
  summary: {
    allergies: resources,
    immunizations: resources,
    coverages: resources,
    conditions: resources,
    medicines: resources,
    bloodGroup: resources,
    latest: resources,
    children: [{ personId: 'k', patient: patient as never }],
  },
  events: [{ id: EVIL, kind: 'visit', date: EVIL, sender: EVIL, resources }],
  next: EVIL,
};
const member = {
  source: EVIL,
  sender: EVIL,
  date: EVIL,
  file: { receiptId: EVIL, door: EVIL, receivedAt: EVIL, sha256: EVIL, position: 1 },
  fields: [{ path: EVIL, table: EVIL, row: 1, field: EVIL, sent: EVIL }],
  erased: false,
};
const problem = { severity: 'error', code: EVIL, table: EVIL, row: 1, field: EVIL, message: EVIL } as const;
const receipt = {
  id: EVIL,
  door: EVIL,
  sha256: EVIL,
  receivedAt: EVIL,
  state: 'completed',
  visits: [{ key: EVIL, state: 'refused', links: [], problems: [problem] }],
  problems: [problem],
} as const;
const look = {
  id: EVIL,
  from: '2026-11-25T08:00:00.000Z',
  to: '2026-11-25T08:00:00.000Z',
  who: EVIL,
  role: { code: EVIL, text: EVIL },
  purpose: { code: EVIL, text: EVIL },
  reason: EVIL,
  action: { code: 'read', text: EVIL },
  kinds: [{ code: EVIL, text: EVIL }],
  isOwn: false,
  isRefused: false,
  times: 1,
} as const;

describe('whatever a source says is text on the page', () => {
  test.each([
    ['history', <HistoryPage page={page} history={history} isFirst={false} reason={EVIL} />],
    ['summary', <SummaryPage page={page} history={history} />],
    [
      'results',
      <ResultsPage
        page={page}
        search={{ kind: 'number-beyond', number: EVIL, reason: EVIL }}
        items={[{ personId: 'p', patient: patient as never }]}
      />,
    ],
    ['form again', <ResultsPage page={page} search={{ kind: 'number', number: EVIL }} items={[]} reasonTyped={EVIL} />],
    ['trace', <TracePage page={page} trace={{ resource: patient as never, members: [member] }} backHref="/" />],
    ['receipt', <ReceiptPage page={page} receipt={receipt} />],
    ['who looked', <WhoLookedPage page={page} looks={[look]} isFirst next={EVIL} />],
  ])('%s', (_name, element) => {
    const html = renderToString(element);

    expect(html).toContain('&lt;script');
    expect(html).not.toContain('<script');
    expect(html).not.toContain(`"onload=`);
    expect(html).not.toMatch(/\sstyle=/);
  });
});

test('a missing allergy is not called "no allergy"', () => {
  const none = { ...history, summary: { ...history.summary, allergies: [] } };

  const html = renderToString(<HistoryPage page={page} history={none} isFirst reason={undefined} />);

  expect(html).toContain(vi.history.allergiesUnknown);
  expect(html).not.toMatch(/không dị ứng[^:]/i);
});

test('a person who is being rebuilt is announced as such', () => {
  const html = renderToString(<HistoryPage page={page} history={history} isFirst reason={undefined} />);

  expect(html.toLowerCase()).toContain('đang cập nhật');
  expect(
    renderToString(
      <HistoryPage page={page} history={{ ...history, updating: false }} isFirst reason={undefined} />,
    ).toLowerCase(),
  ).not.toContain('đang cập nhật');
});
