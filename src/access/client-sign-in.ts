import { isPhrError } from '../errors.js';
import type { Accounts } from './accounts.js';
import type { Tokens } from './tokens.js';

/**
 * The sign-in of doors that have a login of their own (`/api/auth/login` of the Ministry): client id and secret to an access token with all
 * scopes of the client; undefined = the pair is wrong.
 *
 * @throws PhrError `throttled`
 */
export const makeClientSignIn =
  (deps: { readonly accounts: Pick<Accounts, 'verifyClient'>; readonly tokens: Tokens }) =>
  async (
    clientId: string,
    clientSecret: string,
    network?: string,
  ): Promise<{ readonly accessToken: string; readonly expiresInSeconds: number } | undefined> => {
    try {
      const client = await deps.accounts.verifyClient(clientId, clientSecret, network);
      return { accessToken: await deps.tokens.issue(client, client.scopes), expiresInSeconds: deps.tokens.ttlSeconds };
    } catch (error) {
      if (isPhrError(error, 'unauthenticated')) return undefined;
      throw error;
    }
  };
