import type { ServiceProcess } from './service.js';

/** A station's session, as a browser holds it. */
export interface StationSession {
  readonly headers: Readonly<Record<string, string>>;
  /** Sends the search form. @returns address of the results */
  search(fields: Readonly<Record<string, string>>): Promise<string>;
  page(path: string): Promise<string>;
}

export async function signInStation(service: ServiceProcess): Promise<StationSession> {
  const station = service.signIns.people.find(({ role }) => role === 'station');
  if (station === undefined) throw new Error('no sign-in of a station');
  const send = (path: string, body: Readonly<Record<string, string>>, headers = {}): Promise<Response> =>
    fetch(`${service.baseUrl}${path}`, {
      method: 'POST',
      body: new URLSearchParams(body),
      redirect: 'manual',
      headers: { Origin: service.baseUrl, ...headers },
    });
  const { username, password } = station;
  const signedIn = await send('/sign-in', { username, password });
  const cookie = signedIn.headers
    .getSetCookie()
    .map((text) => text.split(';')[0])
    .join('; ');
  if (cookie === '') throw new Error(`the station could not sign in: ${String(signedIn.status)}`);
  const headers = { Cookie: cookie };
  const page = async (path: string): Promise<string> => (await fetch(`${service.baseUrl}${path}`, { headers })).text();
  const formToken = /name="form_token" value="([^"]+)"/.exec(await page('/station'))?.[1] ?? '';
  return {
    headers,
    page,
    async search(fields) {
      const answer = await send('/station', { ...fields, form_token: formToken }, headers);
      const location = answer.headers.get('location');
      if (location === null) throw new Error(`the search was refused: ${String(answer.status)}`);
      return location;
    },
  };
}
