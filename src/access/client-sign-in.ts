import type { Accounts } from './accounts.js';
import type { Tokens } from './tokens.js';

/**
 * The sign-in of doors that have a login of their own (`/api/auth/login` of the Ministry): client id and secret to an access token with all
 * scopes of the client.
 *
 * @throws PhrError `unauthenticated` (the pair is wrong), `throttled`
 */
export const makeClientSignIn =
  (deps: { readonly accounts: Pick<Accounts, 'verifyClient'>; readonly tokens: Tokens }) =>
  async (
    clientId: string,
    clientSecret: string,
    network?: string,
  ): Promise<{ readonly accessToken: string; readonly expiresInSeconds: number }> => {
    const client = await deps.accounts.verifyClient(clientId, clientSecret, network);
    return { accessToken: await deps.tokens.issue(client, client.scopes), expiresInSeconds: deps.tokens.ttlSeconds };
  };
