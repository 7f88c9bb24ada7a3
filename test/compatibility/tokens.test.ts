// How clients get a token and use it, as they write it on the wire.
import assert from 'node:assert/strict';
import { runService } from '../../packages/server/test/pipeline/running-service.ts';
import { freePort } from './free-port.ts';
import { held } from './held.ts';
import { RESOURCE, startForFile, tokenForm, V2 } from './service.ts';
import { type Answer, send } from './wire.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const service = startForFile();

const encode = (fields: Readonly<Record<string, string>>): string => new URLSearchParams(fields).toString();

async function ask(
  version: 'v1' | 'v2',
  body: string,
  headers: Readonly<Record<string, string>> = FORM,
): Promise<Answer> {
  const path = version === 'v1' ? 'oauth2/token' : 'oauth2/v2.0/token';
  return await send(`${service.url}/${service.credentials.tenantId}/${path}`, { method: 'POST', headers, body });
}

const withScope = (): Record<string, string> => {
  const { resource: _resource, ...form } = tokenForm(service.credentials);
  return { ...form, scope: `${RESOURCE}/.default` };
};

async function works(answer: Answer): Promise<void> {
  assert.equal(answer.status, 200, answer.text);
  const { token_type: scheme, access_token: token } = answer.json;
  const products = await send(`${service.url}${V2}/products`, { headers: { authorization: `${scheme} ${token}` } });
  assert.equal(products.status, 200, products.text);
}

held(['C-101', 'C-107', 'C-108'], async () => works(await ask('v1', encode(tokenForm(service.credentials)))));

held('C-102', async () => works(await ask('v2', encode(withScope()))));

held('C-103', async () => {
  const both = encode({ ...withScope(), resource: RESOURCE });
  await works(await ask('v1', both));
  await works(await ask('v2', both));
});

held('C-104', async () => works(await ask('v1', encode(tokenForm(service.credentials)), {})));

held('C-105', async () => {
  const raw = Object.entries(tokenForm(service.credentials)).map(([name, value]) => `${name}=${value}`);
  assert.ok(raw.some((field) => field.includes('://')));
  await works(await ask('v1', raw.join('&'), {}));
  // A secret that the service gives out may hold a tilde; a wrong one with such characters is wrong, not malformed.
  const wrong = await ask('v1', raw.join('&').replace(/client_secret=[^&]*/, 'client_secret=a~b/c:d.e'), {});
  assert.equal(wrong.status, 401);
  assert.equal(wrong.json.error, 'invalid_client');
  assert.match(wrong.json.error_description, /^AADSTS7000215: /);
});

held('C-109', async () => {
  const v1 = (await ask('v1', encode(tokenForm(service.credentials)))).json;
  for (const name of ['expires_in', 'expires_on', 'not_before']) assert.match(v1[name], /^\d+$/);
  assert.equal(v1.expires_in, '3600');
  assert.equal((await ask('v2', encode(withScope()))).json.expires_in, 3600);
});

held('C-110', async (t) => {
  let offset = 0;
  const running = await runService(t, { clock: () => new Date(Date.now() + offset) });
  const authorization = `Bearer ${await running.api.token()}`;
  const call = () => send(`${running.credentials.url}${V2}/products`, { headers: { authorization } });
  offset = 59 * 60_000;
  assert.equal((await call()).status, 200);
  offset = 61 * 60_000;
  const expired = await call();
  assert.equal(expired.status, 401);
  assert.match(expired.headers['www-authenticate'] ?? '', /^Bearer .*error="invalid_token"/);
  assert.equal((await running.api.call('GET', `${V2}/products`)).status, 200, 'a new token works');
});

held('C-111', async () => {
  const { tenantId } = service.credentials;
  const { host } = new URL(service.url);
  const endpoint = encodeURIComponent(`${service.url}/${tenantId}/oauth2/v2.0/authorize`);
  const discovery = await send(
    `${service.url}/common/discovery/instance?api-version=1.1&authorization_endpoint=${endpoint}`,
  );
  assert.equal(discovery.status, 200, discovery.text);
  assert.deepEqual(discovery.json.metadata[0].aliases, [host]);
  const configuration = await send(discovery.json.tenant_discovery_endpoint);
  assert.equal(configuration.status, 200);
  assert.equal(configuration.json.token_endpoint, `${service.url}/${tenantId}/oauth2/v2.0/token`);
  assert.equal((await send(configuration.json.jwks_uri)).json.keys.length > 0, true);
});

held('C-112', async () => {
  const token = await service.running.api.token();
  for (const scheme of ['bearer', 'Bearer', 'BEARER']) {
    const answer = await send(`${service.url}${V2}/products`, { headers: { authorization: `${scheme} ${token}` } });
    assert.equal(answer.status, 200, scheme);
  }
});

held('C-113', async (t) => {
  const publicUrl = 'https://hdc.example.test';
  const port = await freePort();
  const running = await runService(t, { publicUrl, port });
  assert.equal(running.credentials.url, publicUrl);
  const address = `http://127.0.0.1:${port}`;
  const form = encode(tokenForm(running.credentials));
  const path = `/${running.credentials.tenantId}`;
  const token = await send(`${address}${path}/oauth2/token`, { method: 'POST', headers: FORM, body: form });
  assert.equal(token.status, 200, token.text);
  const configuration = await send(`${address}${path}/v2.0/.well-known/openid-configuration`);
  assert.equal(configuration.json.token_endpoint, `${publicUrl}${path}/oauth2/v2.0/token`);
  const headers = { authorization: `Bearer ${token.json.access_token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ productName: 'Echo', testHarness: 'attestation' });
  const product = await send(`${address}${V2}/products`, { method: 'POST', headers, body });
  assert.ok(product.json.links.every(({ href }: { href: string }) => href.startsWith(`${publicUrl}/v2.0/`)));
  const submissions = `${address}${V2}/products/${product.json.id}/submissions`;
  const first = JSON.stringify({ name: 'first', type: 'initial' });
  const submission = await send(submissions, { method: 'POST', headers, body: first });
  assert.match(submission.json.downloads.items[0].url, /^https:\/\/hdc\.example\.test\//);
});
