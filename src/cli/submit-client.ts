import { setTimeout as delay } from 'node:timers/promises';
import type { Receipt } from '../record/sources/receipt.js';
import type { Door } from './submit-door.js';

/** Tries of one request: connection errors, 429 and 5xx, with waits that double up to `MAX_BACKOFF_MS`; about half a minute in all. */
export const MAX_TRIES = 8;
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 8_000;
/** Time for one request, body included. */
const REQUEST_TIMEOUT_MS = 120_000;
/** Waits between two looks at a receipt. */
const FIRST_POLL_MS = 100;
const MAX_POLL_MS = 2_000;
/** Looks at one receipt before the command gives up: about half an hour. */
export const MAX_POLLS = 900;

/** What an instance needs to be sent to; a sign-ins file holds it (interfaces.md §1). */
export interface SenderSignIn {
  /** Without trailing slash. */
  readonly baseUrl: string;
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The door's answer: a receipt, or a refusal at once. */
export type SendResult =
  { readonly receipt: Receipt } | { readonly refusal: readonly { readonly code: string; readonly message: string }[] };

/** The instance can't be reached, or does not let this client in. */
export class CouldNotSend extends Error {
  override readonly name = 'CouldNotSend';
}

export interface SubmitClient {
  /** @throws CouldNotSend */
  send(door: Door, bytes: Uint8Array): Promise<SendResult>;
  /** A receipt of an earlier run; undefined when this client has none of that id. @throws CouldNotSend */
  receipt(id: string): Promise<Receipt | undefined>;
  /** The receipt when it is `completed` or `refused`. @throws CouldNotSend */
  waitFor(receipt: Receipt): Promise<Receipt>;
}

/** @param deps.sleep waits that many milliseconds; tests pass one that does not */
export function makeSubmitClient(
  signIn: SenderSignIn,
  deps: { readonly sleep?: (ms: number) => Promise<void> } = {},
): SubmitClient {
  const sleep = deps.sleep ?? (async (ms: number) => void (await delay(ms)));
  let token: Promise<string> | undefined;

  const request = async (url: string, init: RequestInit): Promise<Response> => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await tryOnce(url, init);
      const wait = typeof answer === 'string' ? undefined : retryAfterMs(answer);
      if (typeof answer !== 'string' && answer.status !== 429 && answer.status < 500) return answer;
      if (attempt === MAX_TRIES) throw new CouldNotSend(typeof answer === 'string' ? answer : `máy chủ trả lời ${answer.status}`);
      await sleep(wait ?? Math.min(FIRST_BACKOFF_MS * 2 ** (attempt - 1), MAX_BACKOFF_MS));
    }
  };

  const takeToken = async (): Promise<string> => {
    const credentials = Buffer.from(`${encodeURIComponent(signIn.clientId)}:${encodeURIComponent(signIn.clientSecret)}`);
    const answer = await request(signIn.tokenEndpoint, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials.toString('base64')}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials',
    });
    const { access_token: taken } = (await jsonOf(answer)) as { access_token?: unknown };
    if (!answer.ok || typeof taken !== 'string') throw new CouldNotSend(`không lấy được mã truy cập (${answer.status})`);
    return taken;
  };

  const authorized = async (path: string, init: RequestInit): Promise<Response> => {
    for (let attempt = 1; ; attempt += 1) {
      const used = (token ??= takeToken());
      const authorization = `Bearer ${await used}`;
      const answer = await request(`${signIn.baseUrl}${path}`, { ...init, headers: { ...init.headers, authorization } });
      if (answer.status !== 401) return answer;
      if (attempt === 2) throw new CouldNotSend('mã truy cập bị từ chối (401)');
      // The token ran out; another file may have renewed it meanwhile.
      if (token === used) token = undefined;
    }
  };

  return {
    async send(door, bytes) {
      const answer = await authorized(door.path, {
        method: 'POST',
        headers: { 'content-type': door.type },
        body: Buffer.from(bytes),
      });
      const body = await jsonOf(answer);
      if (answer.status === 202) return { receipt: body as Receipt };
      if (answer.status === 403) throw new CouldNotSend('tài khoản không được gửi (403)');
      return { refusal: refusalOf(answer.status, body) };
    },

    async receipt(id) {
      const answer = await authorized(`/intake/receipts/${encodeURIComponent(id)}`, {});
      if (answer.status === 404) return undefined;
      if (!answer.ok) throw new CouldNotSend(`không đọc được biên nhận (${answer.status})`);
      return (await jsonOf(answer)) as Receipt;
    },

    async waitFor(receipt) {
      let current = receipt;
      let waitMs = FIRST_POLL_MS;
      for (let polls = 0; current.state !== 'completed' && current.state !== 'refused'; polls += 1) {
        if (polls === MAX_POLLS) throw new CouldNotSend('chờ kết quả quá lâu; biên nhận vẫn còn');
        await sleep(waitMs);
        waitMs = Math.min(waitMs * 1.5, MAX_POLL_MS);
        const answer = await authorized(`/intake/receipts/${receipt.id}`, {});
        if (!answer.ok) throw new CouldNotSend(`không đọc được biên nhận (${answer.status})`);
        current = (await jsonOf(answer)) as Receipt;
      }
      return current;
    },
  };
}

/** An answer, or in words why there was none. */
async function tryOnce(url: string, init: RequestInit): Promise<Response | string> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS), redirect: 'error' });
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { code?: unknown };
    return `không kết nối được ${new URL(url).origin}${typeof code === 'string' ? ` (${code})` : ''}`;
  }
}

function retryAfterMs(answer: Response): number | undefined {
  const seconds = answer.headers.get('retry-after');
  return seconds !== null && /^\d{1,3}$/.test(seconds) ? Math.min(Number(seconds) * 1_000, MAX_BACKOFF_MS) : undefined;
}

async function jsonOf(answer: Response): Promise<unknown> {
  try {
    return (await answer.json()) as unknown;
  } catch {
    return {};
  }
}

/** Reasons of an OperationOutcome. */
function refusalOf(status: number, body: unknown): readonly { readonly code: string; readonly message: string }[] {
  const { issue } = body as { issue?: readonly { code?: string; details?: { text?: string } }[] };
  const reasons = (Array.isArray(issue) ? issue : []).map(
    ({ code, details }: { code?: string; details?: { text?: string } }) => ({
      code: code ?? 'invalid',
      message: details?.text ?? '',
    }),
  );
  return reasons.length > 0 ? reasons : [{ code: 'invalid', message: `máy chủ trả lời ${status}` }];
}
