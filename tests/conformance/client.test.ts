import { afterEach, describe, expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bundle, Immunization } from 'fhir/r4.js';
import express from 'express';
import { Client } from 'fhir-kit-client';
import { makeSmartConfiguration, SMART_CONFIGURATION_PATH } from '../../src/access/smart-configuration.js';
import { aPatient, startFhir } from '../support/fhir-application.js';
import { asWritten } from '../support/search-examples.js';

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

/** A client of somebody else's making, over a port: the base URL of the statement and of the links is the port's. */
async function startClient(): Promise<{ readonly client: Client; readonly baseUrl: string }> {
  const listening = createServer();
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  server = listening;
  const baseUrl = `http://127.0.0.1:${(listening.address() as AddressInfo).port}/fhir/R4`;
  const started = await startFhir({ baseUrl });
  const app = express();
  app.get(`/fhir/R4${SMART_CONFIGURATION_PATH}`, makeSmartConfiguration('http://localhost:8080'));
  app.use(started.app);
  listening.on('request', app);
  await started.put(aPatient({ id: 'nga' }));
  return { client: new Client({ baseUrl }), baseUrl };
}

describe('fhir-kit-client', () => {
  test('reads the statement and finds the token endpoint', async () => {
    const { client } = await startClient();

    const metadata = await client.capabilityStatement();

    expect(metadata).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' });
    expect(await client.smartAuthMetadata()).toMatchObject({ tokenUrl: new URL('http://localhost:8080/oauth/token') });
  });

  test('creates, reads and vreads', async () => {
    const { client } = await startClient();

    const created = (await client.create({
      resourceType: 'Immunization',
      body: asWritten('Immunization') as never,
    })) as unknown as Immunization;
    const read = await client.read({ resourceType: 'Immunization', id: created.id ?? '' });
    const vread = await client.vread({ resourceType: 'Immunization', id: created.id ?? '', version: '1' });

    expect(read).toEqual(created);
    expect(vread).toEqual(created);
  });

  test('walks the pages of a search', async () => {
    const { client } = await startClient();
    for (let at = 0; at < 5; at += 1) {
      await client.create({ resourceType: 'Immunization', body: asWritten('Immunization') as never });
    }

    const ids = new Set<string>();
    let page = (await client.search({
      resourceType: 'Immunization',
      searchParams: { patient: 'nga', _count: '2' },
    })) as unknown as Bundle | undefined;
    let pages = 0;
    while (page !== undefined) {
      pages += 1;
      for (const { resource } of page.entry ?? []) ids.add(resource?.id ?? '');
      page = (await client.nextPage({ bundle: page as never })) as unknown as Bundle | undefined;
    }

    expect([ids.size, pages]).toEqual([5, 3]);
  });

  test('searches by POST, runs $everything, and sees a refusal as an outcome', async () => {
    const { client, baseUrl } = await startClient();

    const found = (await client.resourceSearch({
      resourceType: 'Patient',
      searchParams: { name: 'nga' },
      options: { postSearch: true },
    } as never)) as unknown as Bundle;
    const everything = (await client.operation({
      name: 'everything',
      resourceType: 'Patient',
      id: 'nga',
      method: 'GET',
    } as never)) as unknown as Bundle;

    expect(found.entry?.map(({ fullUrl }) => fullUrl)).toEqual([`${baseUrl}/Patient/nga`]);
    expect(everything.entry).toHaveLength(1);
    await expect(client.read({ resourceType: 'Patient', id: 'nobody' })).rejects.toMatchObject({
      response: { status: 404, data: { resourceType: 'OperationOutcome' } },
    });
  });
});
