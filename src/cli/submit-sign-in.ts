import type { SenderSignIn } from './submit-client.js';

/**
 * The client that sends, out of a sign-ins file (interfaces.md §1): the one named, else the integrator, else the only one there is.
 *
 * @param signIns parsed JSON of the file; undefined when there is none
 * @returns a sentence saying what is wrong, for the terminal
 */
export function chooseSender(signIns: unknown, clientId: string | undefined): SenderSignIn | string {
  if (signIns === undefined) return 'không có hoặc không đọc được; hãy chạy npm start trước, hoặc chỉ tệp khác bằng --sign-ins';
  const { baseUrl, tokenEndpoint, software } = (signIns ?? {}) as Record<string, unknown>;
  if (
    typeof baseUrl !== 'string' ||
    typeof tokenEndpoint !== 'string' ||
    !URL.canParse(baseUrl) ||
    !URL.canParse(tokenEndpoint)
  ) {
    return 'thiếu baseUrl hoặc tokenEndpoint';
  }
  const clients = (Array.isArray(software) ? (software as unknown[]) : []).filter(isClient);
  const chosen =
    clientId === undefined
      ? (clients.find(({ role }) => role === 'integrator') ?? (clients.length === 1 ? clients[0] : undefined))
      : clients.find((client) => client.clientId === clientId);
  if (chosen === undefined)
    return `không có tài khoản phần mềm ${clientId ?? ''}; các tài khoản: ${clients.map((client) => client.clientId).join(', ')}`;
  return { baseUrl: baseUrl.replace(/\/+$/, ''), tokenEndpoint, clientId: chosen.clientId, clientSecret: chosen.clientSecret };
}

interface ClientSignIn {
  readonly role?: unknown;
  readonly clientId: string;
  readonly clientSecret: string;
}

const isClient = (value: unknown): value is ClientSignIn =>
  typeof (value as ClientSignIn | null)?.clientId === 'string' && typeof (value as ClientSignIn).clientSecret === 'string';
