import { expect } from '@jest/globals';
import type { OperationOutcome } from 'fhir/r4.js';
import type { Receipt } from '../../src/record/sources/receipt.js';
import { freePort, signInsOf, startService, takeToken, type ServiceProcess } from './service-process.js';
import { makeServiceClient, visitFile, visitNumbers, type VisitNumbers } from './service-visits.js';

/** Values that must never come out of the process; requests of the tests carry them. */
export const PLANTED = {
  name: 'Tôn Nữ Bí Mật',
  visitId: 'LKBIMAT.77001',
  nationalId: '056158999111',
  insuranceCard: 'HT3565690999111',
  phone: '0909999111',
  recordNumber: 'BNBIMAT77',
  reason: 'Lý do bí mật của trạm',
  password: 'Mat-Khau-Bi-Mat-1',
} as const;

/** Numbers of a visit with every planted value. */
export const plantedVisit = (index: number): VisitNumbers => ({
  ...visitNumbers(index),
  ...PLANTED,
  visitId: `${PLANTED.visitId}.${index}`,
});

export const VIETNAMESE = /[ăâđêôơưàáảãạèéẻẽẹìíỉĩịòóỏõọùúủũụỳýỷỹỵằắẳẵặầấẩẫậềếểễệồốổỗộờớởỡợừứửữự]/i;
export const isClean = (text: string): boolean => Object.values(PLANTED).every((value) => !text.includes(value));

/** Asserts that an answer begins with this status; gives its text. */
export async function textOf(answer: Response, status: number): Promise<string> {
  const text = await answer.text();
  expect(`${answer.status} ${text}`).toMatch(new RegExp(`^${status} `));
  return text;
}

/** Asserts an OperationOutcome of this status without a planted value; gives its words. */
export async function refused(answer: Response, status: number): Promise<string> {
  const text = await textOf(answer, status);
  const outcome = JSON.parse(text) as OperationOutcome;
  expect(outcome.resourceType).toBe('OperationOutcome');
  expect(outcome.issue.length).toBeGreaterThan(0);
  expect(isClean(text)).toBe(true);
  return outcome.issue.map(({ details, diagnostics }) => details?.text ?? diagnostics ?? '').join('\n');
}

export type ServiceAtTest = Awaited<ReturnType<typeof startServiceAtTest>>;

/** A service whose every word is kept: development, debug level, the case in which a stack is most likely to be written. */
export async function startServiceAtTest(dataDir: string) {
  const service: ServiceProcess = await startService({
    dataDir,
    port: await freePort(),
    env: { NODE_ENV: 'development', LOG_LEVEL: 'debug' },
  });
  const tokens = {
    sender: await takeToken(dataDir, 'facility-56901'),
    reader: await takeToken(dataDir, 'integrator'),
  };
  const sender = makeServiceClient(service.baseUrl, tokens.sender);
  const reader = makeServiceClient(service.baseUrl, tokens.reader);
  const accepted = async (answer: Response): Promise<Receipt> =>
    sender.done((JSON.parse(await textOf(answer, 202)) as Receipt).id);
  return {
    service,
    tokens,
    sender,
    reader,
    accepted,

    /** The process is well, nothing failed that nobody foresaw, and no planted value was written; ends it. */
    async expectWellAndSilent(): Promise<void> {
      expect((await fetch(`${service.baseUrl}/readyz`)).status).toBe(200);
      expect(await reader.outbox()).toEqual({ open: 0, dead: 0 });
      expect((await accepted(await sender.send(visitFile(visitNumbers(9_000))))).state).toBe('completed');
      expect(await service.stop()).toEqual({ code: 0, signal: null });

      const output = service.output();
      const lines = output.split('\n').filter((line) => line.startsWith('{'));
      expect(lines.length).toBeGreaterThan(40);
      const spellings = Object.values(PLANTED).flatMap((value) => [
        value,
        value.normalize('NFD'),
        encodeURIComponent(value),
        Buffer.from(value).toString('base64').replace(/=+$/, ''),
      ]);
      expect(spellings.filter((value) => output.includes(value))).toEqual([]);
      const { people, software } = signInsOf(dataDir);
      // The announcement at the start prints them on purpose; no line of the log does.
      const secrets = [...people.map(({ password }) => password), ...software.map(({ clientSecret }) => clientSecret)];
      expect(secrets.filter((secret) => lines.some((line) => line.includes(secret)))).toEqual([]);
      for (const token of Object.values(tokens)) expect(output).not.toContain(token);
      expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
      expect(output).not.toMatch(/^ {4}at /m);
    },
  };
}
