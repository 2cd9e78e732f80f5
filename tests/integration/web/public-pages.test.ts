import { describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { FORM_BYTES_MAX, FORM_FIELDS_MAX } from '../../../src/web/router.js';
import { formTokenIn, PASSWORD, startWeb, STATION_22651 } from '../../support/web-application.js';

const start = () => startWeb({ samples: false });

describe('every page', () => {
  test('lets nothing run or load but its own stylesheet, and is kept by nobody', async () => {
    const { app } = await start();

    for (const path of ['/', '/sign-in', '/no/such/page']) {
      const { headers, text } = await request(app).get(path);

      expect(headers['content-security-policy']).toBe(
        "default-src 'none';style-src 'self';img-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'",
      );
      expect(headers['referrer-policy']).toBe('same-origin');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(text).not.toMatch(/<script|<style|\sstyle=|\son[a-z]+=|https?:\/\//);
      expect(text).toMatch(/^<!doctype html><html lang="vi">/);
    }
  });

  test('is bound to https only where the service is', async () => {
    const secure = await startWeb({ samples: false, baseUrl: 'https://so.example' });

    expect((await request(secure.app).get('/')).headers['strict-transport-security']).toBe('max-age=31536000');
    expect((await request((await start()).app).get('/')).headers['strict-transport-security']).toBeUndefined();
  });

  test('uses a stylesheet whose address changes with its content, kept for ever', async () => {
    const { app } = await start();
    const path = /href="(\/assets\/[0-9a-f]{16}\.css)"/.exec((await request(app).get('/')).text)?.[1] ?? '';

    const { status, headers } = await request(app).get(path);

    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/css; charset=utf-8');
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(headers['set-cookie']).toBeUndefined();
  });

  test('speaks the language that was asked for, and keeps it', async () => {
    const { app } = await start();
    const agent = request.agent(app);

    expect((await agent.get('/').set('Accept-Language', 'en')).text).toContain('lang="vi"');
    expect((await agent.get('/?lang=en')).text).toContain('<html lang="en">');
    expect((await agent.get('/sign-in')).text).toContain('Sign in');
    expect((await agent.get('/?lang=xx')).headers['set-cookie']).toBeUndefined();
    expect((await agent.get('/sign-in?lang=vi')).text).toContain('Đăng nhập');
  });
});

describe('what goes wrong', () => {
  test('an unknown address is a page with the request id', async () => {
    const { app } = await start();

    const { status, text } = await request(app).get('/no/such/page');

    expect(status).toBe(404);
    expect(text).toContain('Không có trang này');
    expect(text).toMatch(/Mã yêu cầu: <code>[0-9a-f-]{36}<\/code>/);
    expect(text).not.toContain('/no/such/page"');
  });

  test('an address that cannot be read is answered, not logged as a failure', async () => {
    const web = await start();
    const agent = await web.signedIn(STATION_22651.username);

    expect((await agent.get('/station/person/%E0%A4%A')).status).toBe(400);
    expect(web.logged).toEqual([]);
  });

  test('a form has bounds', async () => {
    const { app } = await start();
    const post = (body: string) => request(app).post('/sign-in').type('form').send(body);

    expect((await post(`username=a&password=${'b'.repeat(FORM_BYTES_MAX - 22)}`)).status).toBe(401);
    expect((await post(`username=a&password=${'b'.repeat(FORM_BYTES_MAX)}`)).status).toBe(413);
    const fields = (count: number): string => Array.from({ length: count }, (_, index) => `f${index}=1`).join('&');
    expect((await post(fields(FORM_FIELDS_MAX))).status).toBe(422);
    expect((await post(fields(FORM_FIELDS_MAX + 1))).status).toBe(413);
  });
});

describe('signing in', () => {
  test('leads to the page of the role, or back to where one wanted to go', async () => {
    const { app } = await start();
    const form = { username: STATION_22651.username, password: PASSWORD };
    const signIn = (more: object) =>
      request(app)
        .post('/sign-in')
        .type('form')
        .send({ ...form, ...more });

    expect((await signIn({})).headers['location']).toBe('/station');
    expect((await signIn({ return: '/station/person/abc' })).headers['location']).toBe('/station/person/abc');
    expect((await signIn({ return: '//evil.example' })).headers['location']).toBe('/station');
    expect((await request(app).get('/sign-in?return=/station/person/abc')).text).toContain('value="/station/person/abc"');
  });

  test('tells neither which of the two was wrong, nor the password back', async () => {
    const { app } = await start();
    const signIn = (username: string) => request(app).post('/sign-in').type('form').send({ username, password: 'sai-mật-khẩu' });

    const [known, unknown] = [await signIn(STATION_22651.username), await signIn('ai-do')];

    expect([known.status, unknown.status]).toEqual([401, 401]);
    expect(known.text.replaceAll(STATION_22651.username, 'X')).toBe(unknown.text.replaceAll('ai-do', 'X'));
    expect(known.text).toContain('Tên đăng nhập hoặc mật khẩu không đúng');
    expect(known.text).not.toContain('sai-mật-khẩu');
    expect(known.headers['set-cookie']).toBeUndefined();
  });

  test('asks for what is missing, and says when it was tried too often', async () => {
    const { app } = await start();
    const signIn = (form: object) => request(app).post('/sign-in').type('form').send(form);

    expect((await signIn({ username: 'a' })).text).toContain('Hãy nhập mật khẩu');
    let last = 401;
    for (let attempt = 0; attempt < 50 && last === 401; attempt += 1) {
      last = (await signIn({ username: STATION_22651.username, password: 'sai' })).status;
    }
    expect(last).toBe(429);
  });

  test('ends with sign-out, which needs the form token', async () => {
    const web = await start();
    const agent = await web.signedIn(STATION_22651.username);
    const token = formTokenIn((await agent.get('/station')).text);

    expect((await agent.post('/sign-out').type('form').send({})).status).toBe(403);
    expect((await agent.post('/sign-out').type('form').send({ form_token: token })).headers['location']).toBe('/');
    expect((await agent.get('/station')).headers['location']).toContain('/sign-in');
    expect((await agent.post('/sign-out').type('form').send({})).headers['location']).toBe('/');
  });
});
