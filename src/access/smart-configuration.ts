import type { RequestHandler } from 'express';

/** Path below the FHIR base. */
export const SMART_CONFIGURATION_PATH = '/.well-known/smart-configuration';

/**
 * What SMART clients discover: https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#using-well-known.
 * Client credentials with a shared secret only, so no authorization endpoint and no PKCE methods are claimed.
 *
 * @param baseUrl without trailing slash
 */
export function smartConfiguration(baseUrl: string): Readonly<Record<string, string | readonly string[]>> {
  return {
    issuer: baseUrl,
    token_endpoint: `${baseUrl}/oauth/token`,
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    grant_types_supported: ['client_credentials'],
    scopes_supported: ['system/*.cruds', 'system/*.rs', 'system/*.read', 'system/*.write'],
    capabilities: ['client-confidential-symmetric', 'permission-v1', 'permission-v2'],
  };
}

/** Handler of `GET {FHIR base}/.well-known/smart-configuration`; open to everybody. */
export function makeSmartConfiguration(baseUrl: string): RequestHandler {
  const body = smartConfiguration(baseUrl);
  return (_req, res) => {
    res.json(body);
  };
}
