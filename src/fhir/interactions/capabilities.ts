import type { CapabilityStatement, CapabilityStatementRestResource } from 'fhir/r4.js';
import type { ServedType } from '../http/route.js';
import type { FhirAnswer } from './answer.js';

/** What the statement says of this installation. */
export interface ServerDescription {
  readonly software: { readonly name: string; readonly version: string };
  /** FHIR base, absolute, without a slash at the end. */
  readonly baseUrl: string;
  /** OAuth 2.0 token endpoint, absolute. */
  readonly tokenEndpoint: string;
  /** OAuth 2.0 authorization endpoint, absolute; absent = only client credentials. */
  readonly authorizeEndpoint?: string;
  /** When the statement last changed: the start of this process's software, ISO instant. */
  readonly date: string;
}

const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';

function describeType(type: ServedType): CapabilityStatementRestResource {
  return {
    type: type.resourceType as CapabilityStatementRestResource['type'],
    interaction: type.interactions.map((code) => ({ code })),
    ...(type.interactions.includes('vread')
      ? { versioning: 'versioned' as const, readHistory: false }
      : { versioning: 'no-version' as const }),
    ...(type.interactions.includes('create') ? { conditionalCreate: false, updateCreate: false } : {}),
    ...(type.interactions.includes('read') ? { conditionalRead: 'full-support' as const } : {}),
    ...(type.searchParams.length === 0
      ? {}
      : {
          searchParam: type.searchParams.map((param) => ({
            name: param.name,
            type: param.type as 'token',
            ...(param.definition === undefined ? {} : { definition: param.definition }),
          })),
        }),
    ...(type.operations.length === 0 ? {} : { operation: type.operations.map(({ name, definition }) => ({ name, definition })) }),
  };
}

/** The statement is made of the very table that requests are routed by. */
export function capabilityStatement(server: ServerDescription, types: Iterable<ServedType>): CapabilityStatement {
  // The extension's definition requires both addresses. Without an authorization endpoint the token endpoint stands in the SMART configuration alone.
  const oauthUris =
    server.authorizeEndpoint === undefined
      ? {}
      : {
          extension: [
            {
              url: OAUTH_URIS,
              extension: [
                { url: 'token', valueUri: server.tokenEndpoint },
                { url: 'authorize', valueUri: server.authorizeEndpoint },
              ],
            },
          ],
        };
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: server.date,
    kind: 'instance',
    software: server.software,
    implementation: { description: server.software.name, url: server.baseUrl },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    rest: [
      {
        mode: 'server',
        documentation:
          'Unknown search parameters are refused unless the request says Prefer: handling=lenient. Searches and operations answer the record; every access is kept.',
        security: {
          service: [
            {
              coding: [{ system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' }],
            },
          ],
          description: `OAuth 2.0: endpoints at ${server.baseUrl}/.well-known/smart-configuration`,
          ...oauthUris,
        },
        resource: [...types].toSorted((a, b) => (a.resourceType < b.resourceType ? -1 : 1)).map(describeType),
      },
    ],
  };
}

/** FHIR capabilities interaction, without sign-in: https://hl7.org/fhir/R4/http.html#capabilities */
export function makeCapabilities(deps: {
  readonly server: ServerDescription;
  readonly types: Iterable<ServedType>;
}): () => FhirAnswer {
  const body = JSON.stringify(capabilityStatement(deps.server, deps.types));
  return () => ({ status: 200, body });
}
