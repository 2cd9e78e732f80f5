import { describe, expect, test } from '@jest/globals';
import { PATH_LENGTH_MAX, resolveRoute } from '../../../../src/fhir/http/route.js';
import type { ServedType } from '../../../../src/fhir/http/route.js';

const served = new Map<string, ServedType>([
  [
    'Patient',
    {
      resourceType: 'Patient',
      interactions: ['read', 'vread', 'search-type'],
      searchParams: [],
      operations: [{ name: 'everything', definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything' }],
    },
  ],
  [
    'Observation',
    { resourceType: 'Observation', interactions: ['read', 'search-type', 'create'], searchParams: [], operations: [] },
  ],
  ['AuditEvent', { resourceType: 'AuditEvent', interactions: ['search-type'], searchParams: [], operations: [] }],
]);
const route = (method: string, path: string) => resolveRoute(method, path, served);

// https://hl7.org/fhir/R4/http.html#summary
describe('the address of an interaction', () => {
  test.each([
    ['GET', '/metadata', { interaction: 'capabilities' }],
    ['GET', '/Patient/p1', { interaction: 'read', resourceType: 'Patient', id: 'p1' }],
    ['HEAD', '/Patient/p1', { interaction: 'read', resourceType: 'Patient', id: 'p1' }],
    ['GET', '/Patient/p%31/', { interaction: 'read', resourceType: 'Patient', id: 'p1' }],
    ['GET', '/Patient/p1/_history/2', { interaction: 'vread', resourceType: 'Patient', id: 'p1', versionId: '2' }],
    ['GET', '/Observation', { interaction: 'search-type', resourceType: 'Observation', posted: false }],
    ['POST', '/Observation/_search', { interaction: 'search-type', resourceType: 'Observation', posted: true }],
    ['POST', '/Observation', { interaction: 'create', resourceType: 'Observation' }],
    [
      'GET',
      '/Patient/p1/$everything',
      { interaction: 'operation', resourceType: 'Patient', id: 'p1', operation: 'everything', posted: false },
    ],
  ])('%s %s', (method, path, expected) => {
    expect(route(method, path)).toEqual(expected);
  });
});

describe('what is not served', () => {
  test.each([
    ['GET', '/'],
    ['POST', '/'],
    ['GET', '/metadata/more'],
    ['GET', '/Account/1'],
    ['GET', '/__proto__/1'],
    ['GET', '/constructor'],
    ['GET', '/patient/p1'],
    ['GET', '/Patient/_history'],
    ['GET', '/Patient/$everything'],
    ['GET', '/Patient/p1/$match'],
    ['GET', '/Patient/p1/_history'],
    ['GET', '/Patient/p1/Observation'],
    ['GET', '/Patient/p1/_history/1/more'],
    ['GET', '/Observation/o1/_history/1'],
    ['GET', '/Observation/o1/$everything'],
    ['GET', '/AuditEvent/a1'],
    ['GET', '/Patient/%E0%A4%A'],
    ['GET', `/Patient/${'x'.repeat(PATH_LENGTH_MAX)}`],
  ])('%s %s is 404 not-supported', (method, path) => {
    expect(route(method, path)).toMatchObject({
      interaction: 'none',
      error: { category: 'not-found', issues: [{ code: 'not-supported' }] },
    });
  });

  test.each([
    ['POST', '/metadata', ['GET', 'HEAD']],
    ['PUT', '/Patient/p1', ['GET', 'HEAD']],
    ['DELETE', '/Patient/p1', ['GET', 'HEAD']],
    ['PATCH', '/Observation/o1', ['GET', 'HEAD']],
    ['POST', '/Patient', ['GET', 'HEAD']],
    ['DELETE', '/Observation', ['GET', 'HEAD', 'POST']],
    ['GET', '/Observation/_search', ['POST']],
    ['PUT', '/Patient/p1/$everything', ['GET', 'HEAD', 'POST']],
    ['constructor', '/Patient', ['GET', 'HEAD']],
  ])('%s %s is 405 with the methods that are', (method, path, allow) => {
    expect(route(method, path)).toMatchObject({ interaction: 'none', allow, error: { category: 'method' } });
  });

  test('a path at the limit is still looked at', () => {
    const id = 'x'.repeat(PATH_LENGTH_MAX - '/Patient/'.length);

    expect(route('GET', `/Patient/${id}`)).toMatchObject({ interaction: 'read', id });
  });
});
