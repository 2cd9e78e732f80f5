import { randomUUID } from 'node:crypto';
import type { Express } from 'express';
import express from 'express';
import request from 'supertest';
import { makeWhoLooked } from '../../src/access/audit/who-looked.js';
import { makeAccessLineId } from '../../src/access/audit/access-line-id.js';
import type { Account } from '../../src/access/accounts.js';
import { makeAccessPolicy } from '../../src/access/policy.js';
import { makeSessions } from '../../src/access/sessions.js';
import { BHYT_XML_DOOR, makeBhytXmlFormat } from '../../src/intake/bhyt-xml/bhyt-xml-format.js';
import { loadRestrictedCodes } from '../../src/fhir/restricted-codes.js';
import { restrictionOf } from '../../src/fhir/sensitivity.js';
import { makeHealthCheckupFormat } from '../../src/intake/health-checkup/health-checkup-format.js';
import { makeDeadLetters } from '../../src/store/dead-letters.js';
import { JOB_CONTRACTS } from '../../src/queue/jobs/contracts.js';
import type { Store } from '../../src/store/store.js';
import { makeWebRouter } from '../../src/web/router.js';
import { accessParts } from './access-parts.js';
import { sampleFile } from './bhyt-samples.js';
import { ADULT_CHECKUP } from './checkup-file.js';
import { projectRoot } from './project-root.js';
import { startRecordRoom } from './record-room.js';
import { aSheet, sheetFormat } from './sheet-file.js';

export const PASSWORD = 'mat-khau-dung-thu';
export const STATION_22651 = {
  username: 'tram-22651',
  role: 'station',
  display: 'Trạm Y tế 22651',
  communeCode: '22651',
} as const;
export const STATION_00001 = {
  username: 'tram-00001',
  role: 'station',
  display: 'Trạm Y tế 00001',
  communeCode: '00001',
} as const;
export const SENDER_56901 = { username: 'gui-56901', role: 'sender', display: 'Bệnh viện 56901', facilityCode: '56901' } as const;
export const SENDER_56902 = { username: 'gui-56902', role: 'sender', display: 'Bệnh viện 56902', facilityCode: '56902' } as const;
export const STEWARD = { username: 'ra-soat', role: 'steward', display: 'Tổ rà soát dữ liệu' } as const;

export const OPERATOR = { username: 'van-hanh', role: 'operator', display: 'Tổ vận hành' } as const;

/** People of the samples. */
export const HYPERTENSION = { name: 'Nguyễn Thị Thử Nghiệm', number: '056158000117', card: 'HT3565690000117', birthYear: '1958' };
export const MOTHER = { name: 'Trần Thị Giả Định', number: '056196000441' };
/** What the sheet row says, of the person of the first sample. */
const SCREENED = {
  ho_ten: 'Nguyễn Thị Thử Nghiệm',
  ngay_sinh: '12/03/1958',
  so_cccd: HYPERTENSION.number,
  ma_the_bhyt: HYPERTENSION.card,
  dien_thoai: '0900000117',
  ma_xa: '22651',
};

/**
 * The pages as deployed over a record room on the memory store, with real samples sent through their formats. The clock moves by hand.
 *
 * @param options.wrap puts something before the store that the pages are given (a failing commit)
 */
export async function startWeb(
  options: { readonly wrap?: (store: Store) => Store; readonly samples?: boolean; readonly baseUrl?: string } = {},
) {
  const restricted = loadRestrictedCodes(projectRoot);
  const withRestrictions = {
    restrictionOf: (content: Parameters<typeof restrictionOf>[0]) => restrictionOf(content, restricted),
  };
  const checkup = makeHealthCheckupFormat(withRestrictions);
  const room = startRecordRoom({ formats: [makeBhytXmlFormat(withRestrictions), checkup, sheetFormat] });
  if (options.samples !== false) {
    await room.send(BHYT_XML_DOOR, sampleFile('hypertension'), '56901');
    await room.send(BHYT_XML_DOOR, sampleFile('delivery'), '56902');
    await room.send(BHYT_XML_DOOR, sampleFile('diabetes'), '56901');
    await room.send(checkup.door, Buffer.from(ADULT_CHECKUP), '01001');
    await room.send(sheetFormat.door, Buffer.from(aSheet(SCREENED)), '56901');
    await room.drain();
  }

  const parts = accessParts({ store: room.store });
  const { now, accounts, clock } = parts;
  const baseUrl = options.baseUrl ?? 'http://localhost:8080';
  const sessions = makeSessions({
    store: room.store,
    accounts,
    personOfIdentity: (identityId) => room.reader.personOfIdentity(identityId),
    isHttps: baseUrl.startsWith('https:'),
    ttlSeconds: 28_800,
    now,
  });
  const logged: unknown[] = [];
  const woken: string[] = [];
  const log = (...entry: unknown[]): void => void logged.push(entry);
  const store = options.wrap?.(room.store) ?? room.store;
  const app: Express = express();
  app.set('query parser', 'simple');
  app.use((_req, res, next) => {
    res.locals['requestId'] = randomUUID();
    next();
  });
  app.use(
    makeWebRouter({
      store,
      reader: room.reader,
      submissions: room.submissions,
      deadLetters: makeDeadLetters({
        store,
        kinds: JOB_CONTRACTS.map(({ kind }) => kind),
        wake: (kinds) => void woken.push(...kinds),
      }),
      sessions,
      policy: makeAccessPolicy({ demonstration: true, now, lineId: makeAccessLineId() }),
      whoLooked: makeWhoLooked({ store: room.store, personIds: (personId) => room.personIds(personId) }),
      baseUrl,
      now,
      logger: { error: log, warn: log },
      demonstration: true,
    }),
  );

  const putPerson = (account: Omit<Account, 'id' | 'demonstration'>): Promise<Account> =>
    accounts.putAccount({ ...account, demonstration: true }, PASSWORD);
  for (const account of [STATION_22651, STATION_00001, SENDER_56901, SENDER_56902, STEWARD, OPERATOR]) await putPerson(account);

  /** A citizen's account: an identity record linked like any other. */
  async function putCitizen(
    username: string,
    person: { readonly name: string; readonly number: string; readonly birthDate: string },
  ) {
    const identityId = await room.registerIdentity({
      source: 'portal',
      sourceType: 'portal',
      sourcePatientId: username,
      name: person.name,
      birthDate: person.birthDate,
      nationalId: person.number,
    });
    await room.drain();
    return putPerson({ username, role: 'citizen', display: 'Người dân', identityId });
  }

  /** A browser with a session. */
  async function signedIn(username: string) {
    const agent = request.agent(app);
    await agent.post('/sign-in').type('form').send({ username, password: PASSWORD }).expect(303);
    return agent;
  }

  const personWith = async (number: string): Promise<string> => {
    const [found] = await room.reader.findByNumber(number, { noLabel: [] });
    if (found === undefined) throw new Error('nobody of the samples has this number');
    return found.personId;
  };
  return { ...room, app, clock, logged, woken, putCitizen, signedIn, personWith };
}

export type WebApplication = Awaited<ReturnType<typeof startWeb>>;
export type Browser = Awaited<ReturnType<WebApplication['signedIn']>>;

/** The session's form token, out of a page. */
export function formTokenIn(html: string): string {
  const token = /name="form_token" value="([^"]+)"/.exec(html)?.[1];
  if (token === undefined) throw new Error('no form token on the page');
  return token;
}

/** Sends a form of the station's search with its token; the answer that the browser ends at. */
export async function search(agent: Browser, fields: Readonly<Record<string, string>>) {
  const form = await agent.get('/station').expect(200);
  return agent
    .post('/station')
    .type('form')
    .redirects(1)
    .send({ form_token: formTokenIn(form.text), ...fields });
}
