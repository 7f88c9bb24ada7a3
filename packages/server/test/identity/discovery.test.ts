import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildTestApp } from '../http/test-app.ts';

interface Configuration {
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly authorization_endpoint: string;
  readonly jwks_uri: string;
}

const pathOf = (url: string): string => new URL(url).pathname;

test('each OpenID configuration names endpoints that answer', async (t) => {
  const built = await buildTestApp(t);
  const { tenantId, clientId, clientSecret } = built.tenant;
  for (const version of ['', '/v2.0']) {
    const response = await built.app.inject(`/${tenantId}${version}/.well-known/openid-configuration`);
    assert.equal(response.statusCode, 200);
    const configuration = response.json<Configuration>();
    assert.ok(configuration.issuer.startsWith(`http://localhost/${tenantId}/`));
    const keys = await built.app.inject(pathOf(configuration.jwks_uri));
    assert.deepEqual(keys.json(), built.issuer.jwks());
    const token = await built.app.inject({
      method: 'POST',
      url: pathOf(configuration.token_endpoint),
      payload: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        resource: 'https://manage.devcenter.microsoft.com',
        scope: 'https://manage.devcenter.microsoft.com/.default',
      }).toString(),
    });
    assert.equal(token.statusCode, 200);
    const [, payload = ''] = token.json<{ access_token: string }>().access_token.split('.');
    const { iss } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iss: string };
    assert.equal(iss, configuration.issuer);
    const authorize = await built.app.inject(pathOf(configuration.authorization_endpoint));
    assert.equal(authorize.statusCode, 400);
    assert.equal(authorize.json<{ error: string }>().error, 'unsupported_response_type');
  }
});

test('an unknown tenant has no configuration', async (t) => {
  const { app } = await buildTestApp(t);
  const response = await app.inject('/contoso.example/v2.0/.well-known/openid-configuration');
  assert.equal(response.statusCode, 400);
  assert.deepEqual(response.json<{ error_codes: number[] }>().error_codes, [90002]);
});

test('instance discovery vouches for the host that was asked and for no other', async (t) => {
  const { app, tenant } = await buildTestApp(t);
  const ask = (endpoint: string, host = '127.0.0.1:8080') =>
    app.inject({
      url: `/common/discovery/instance?api-version=1.1&authorization_endpoint=${encodeURIComponent(endpoint)}`,
      headers: { host },
    });
  const known = await ask(`http://127.0.0.1:8080/${tenant.tenantId}/oauth2/v2.0/authorize`);
  assert.equal(known.statusCode, 200);
  assert.deepEqual(known.json(), {
    tenant_discovery_endpoint: `http://127.0.0.1:8080/${tenant.tenantId}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: '127.0.0.1:8080', preferred_cache: '127.0.0.1:8080', aliases: ['127.0.0.1:8080'] }],
  });
  for (const endpoint of ['https://evil.example/x/oauth2/authorize', 'nonsense', 'http://127.0.0.1:8080/']) {
    const refused = await ask(endpoint);
    assert.deepEqual([refused.statusCode, refused.json<{ error: string }>().error], [400, 'invalid_instance']);
  }
  const missing = await app.inject('/common/discovery/instance');
  assert.deepEqual(missing.json<{ error_codes: number[] }>().error_codes, [900144]);
});

test('a public address is used in the documents whatever the Host header says', async (t) => {
  const { app, tenant } = await buildTestApp(t, { publicUrl: 'https://hdc.example/' });
  const response = await app.inject(`/${tenant.tenantId}/v2.0/.well-known/openid-configuration`);
  assert.equal(response.json<Configuration>().issuer, `https://hdc.example/${tenant.tenantId}/v2.0`);
});
