import type { Bundle, FhirResource } from 'fhir/r4.js';
import type { Receipt } from '../../src/record/sources/receipt.js';
import { printEnvelope } from './bhyt-printer.js';
import { sampleFile } from './bhyt-samples.js';
import { until } from './service-process.js';

/** What tells one visit of the sample from another. */
export interface VisitNumbers {
  readonly visitId: string;
  readonly name: string;
  readonly nationalId: string;
  readonly insuranceCard: string;
  readonly phone: string;
  readonly recordNumber: string;
  /** yyyymmdd. */
  readonly day: string;
}

/** The values of sample 01, which each visit replaces. */
const SAMPLE: VisitNumbers = {
  visitId: '56901.2603.000117',
  name: 'Nguyễn Thị Thử Nghiệm',
  nationalId: '056158000117',
  insuranceCard: 'HT3565690000117',
  phone: '0900000117',
  recordNumber: 'TYT0000117',
  day: '20260316',
};

/** Visit `index` of person `person`: invented numbers in the shape of the sample's. */
export function visitNumbers(index: number, person = index): VisitNumbers {
  const six = String(200_000 + person);
  const words = ['An', 'Bình', 'Cúc', 'Dung', 'Giang', 'Hà', 'Kim', 'Lan', 'Mai', 'Ngọc'];
  const word = (place: number): string => words[Math.floor(person / 10 ** place) % 10] ?? '';
  return {
    visitId: `56901.2603.${String(300_000 + index)}`,
    name: `Phan Thị ${word(2)} ${word(1)} ${word(0)}`,
    nationalId: `056158${six}`,
    insuranceCard: `HT356569${`0${six}`}`,
    phone: `0901${six}`,
    recordNumber: `TYT0${six}`,
    day: `202603${String(1 + (index % 28)).padStart(2, '0')}`,
  };
}

const hoso = /<HOSO>[\s\S]*<\/HOSO>/.exec(sampleFile('hypertension').toString('utf8'))?.[0] ?? '';

/** The HOSO of the sample with these numbers; `edit` changes the inner documents further. */
export function printedVisit(numbers: VisitNumbers, edit: (inner: string) => string = (inner) => inner): string {
  const names = Object.keys(SAMPLE) as (keyof VisitNumbers)[];
  return hoso.replace(/<NOIDUNGFILE>([^<]*)<\/NOIDUNGFILE>/g, (_, content: string) => {
    const inner = names.reduce(
      (text, name) => text.replaceAll(SAMPLE[name], numbers[name]),
      Buffer.from(content, 'base64').toString('utf8'),
    );
    return `<NOIDUNGFILE>${Buffer.from(edit(inner), 'utf8').toString('base64')}</NOIDUNGFILE>`;
  });
}

/** A file of one visit. */
export const visitFile = (numbers: VisitNumbers, edit?: (inner: string) => string): string =>
  printEnvelope([printedVisit(numbers, edit)]);

/** Asks one instance with one token. */
export function makeServiceClient(baseUrl: string, token: string) {
  const authorization = `Bearer ${token}`;
  const json = async <T>(path: string): Promise<T> => {
    const answer = await fetch(path.startsWith('http') ? path : `${baseUrl}${path}`, { headers: { authorization } });
    if (!answer.ok) throw new Error(`${answer.status} for ${path}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const receipt = (id: string): Promise<Receipt> => json<Receipt>(`/intake/receipts/${id}`);
  return {
    json,
    receipt,
    send: (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
      fetch(`${baseUrl}/intake/bhyt-xml`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/xml', ...headers },
        body: typeof body === 'string' ? body : Buffer.from(body),
      }),
    /** The receipt once its work is done. */
    async done(id: string): Promise<Receipt> {
      let current = await receipt(id);
      await until(async () => {
        current = await receipt(id);
        return current.state === 'completed' || current.state === 'refused';
      }, `the receipt is done (${current.state})`);
      return current;
    },
    /** All receipts of the sender, newest first. */
    async receipts(): Promise<readonly Receipt[]> {
      const all: Receipt[] = [];
      let next: string | undefined = '/intake/receipts?limit=200';
      while (next !== undefined) {
        const page: { readonly receipts: readonly Receipt[]; readonly next?: string } = await json(next);
        all.push(...page.receipts);
        next = page.next;
      }
      return all;
    },
    /** All matches of a search, page by page. */
    async all<T extends FhirResource>(query: string): Promise<readonly T[]> {
      const found: T[] = [];
      let next: string | undefined = `/fhir/R4/${query}`;
      while (next !== undefined) {
        const page: Bundle<T> = await json(next);
        for (const { resource } of page.entry ?? []) if (resource !== undefined) found.push(resource);
        next = page.link?.find(({ relation }) => relation === 'next')?.url;
      }
      return found;
    },
    /** Open and dead rows of the outbox, as the metrics tell. */
    async outbox(): Promise<{ readonly open: number; readonly dead: number }> {
      const text = await (await fetch(`${baseUrl}/metrics`)).text();
      const sum = (name: string): number =>
        [...text.matchAll(new RegExp(`^${name}\\{[^}]*\\} (\\d+)`, 'gm'))].reduce((total, [, value]) => total + Number(value), 0);
      return { open: sum('phr_outbox_open_rows'), dead: sum('phr_outbox_dead_rows') };
    },
  };
}

/** Numbers in [0, 1) from a seed (mulberry32): the same run again, whatever else is random. */
export function seededNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
