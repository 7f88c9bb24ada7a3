// Every kind of credential against the token endpoint of a real server, what `assay auth` says of it, and errors as JSON.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { createCertificate, encodePem, writePkcs12 } from '@assay/authenticode';
import { certificateAssertion } from '@assay/hardware-api';
import { readAssertionKey } from '../src/profiles/assertion-key.ts';
import { FEDERATION_AUDIENCE } from '../src/profiles/service-credential.ts';
import { type Finished, runAssay, type Variables } from './run-assay.ts';
import { type RunningAssay, startServerProcess } from './running-server.ts';

const DAY_MS = 86_400_000;
const PASSWORD = 'pass "wörd"';

let server: RunningAssay;

/** Hooks of the file's own context, for the server that all its tests share. */
before(async (context) => {
  server = await startServerProcess(context as TestContext);
  await makeCertificate();
});

const path = (name: string): string => join(server.directory, name);

/** A certificate that is registered to the application, in every form in which a client may have it. */
async function makeCertificate(): Promise<void> {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = createCertificate({
    subject: { commonName: 'CI' },
    publicKey: keys.publicKey,
    privateKey: keys.privateKey,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
  });
  const { privateKey } = keys;
  const pem = encodePem('CERTIFICATE', certificate.bytes);
  const plain = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const locked = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSWORD });
  await writeFile(path('ci.cer'), pem);
  await writeFile(path('ci.pem'), plain + pem);
  await writeFile(path('locked.pem'), pem + locked);
  await writeFile(path('ci.p12'), writePkcs12({ privateKey, certificate, chain: [], password: PASSWORD }));
  const { code, stderr } = await runAssay(server.directory, [
    ...['application', 'certificate', 'add', server.credentials.clientId, path('ci.cer')],
  ]);
  assert.equal(code, 0, stderr);
}

function assertion(audience: string): Promise<string> {
  return readAssertionKey(path('ci.pem'), undefined).then((key) =>
    certificateAssertion({ clientId: server.credentials.clientId, ...key })(audience),
  );
}

function identity(): Variables {
  const { tenantId, clientId } = server.credentials;
  return {
    ASSAY_URL: server.url,
    AZURE_TENANT_ID: tenantId,
    AZURE_CLIENT_ID: clientId,
    ASSAY_CONFIG: path('no-config.json'),
  };
}

function status(variables: Variables, ...args: string[]): Promise<Finished> {
  return runAssay(server.directory, ['auth', 'status', '-o', 'json', ...args], { ...identity(), ...variables });
}

async function assertSignedIn(found: Finished, kind: string): Promise<void> {
  assert.equal(found.code, 0, found.stderr);
  const result = JSON.parse(found.stdout);
  assert.equal(result.credential, kind);
  assert.equal(result.url, server.url);
  assert.equal(result.tenantId, server.credentials.tenantId);
  assert.equal(result.clientId, server.credentials.clientId);
  assert.deepEqual(result.roles, ['Manager']);
  assert.ok(Date.parse(result.tokenValidUntil) > Date.now());
}

const tokenEndpoint = (): string => `${server.url}/${server.credentials.tenantId}/oauth2/v2.0/token`;

test('with a client secret, in a variable or from standard input', async () => {
  await assertSignedIn(await status({ AZURE_CLIENT_SECRET: server.credentials.clientSecret }), 'client-secret');
});

for (const [file, password] of [
  ['ci.pem', undefined],
  ['locked.pem', PASSWORD],
  ['ci.p12', PASSWORD],
] as const) {
  test(`with a certificate in ${file}`, async () => {
    const variables = password === undefined ? {} : { AZURE_CLIENT_CERTIFICATE_PASSWORD: password };
    await assertSignedIn(await status({ ...variables, AZURE_CLIENT_CERTIFICATE_PATH: path(file) }), 'certificate');
  });
}

test('a certificate by flags signs in for a call of the API too', async () => {
  await writeFile(path('password.txt'), `${PASSWORD}\n`);
  const flags = ['--client-certificate-file', 'ci.p12', '--client-certificate-password-file', 'password.txt'];
  const { code, stdout } = await runAssay(server.directory, ['doctor', ...flags, '-o', 'json'], identity());
  assert.equal(code, 0, stdout);
  const checks: { name: string; status: string }[] = JSON.parse(stdout).checks;
  assert.equal(checks.find(({ name }) => name === 'API')?.status, 'ok');
});

test('what is wrong with a certificate file is said, and ends with 4', async () => {
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  });
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const { readFile } = await import('node:fs/promises');
  const pem = await readFile(path('ci.cer'), 'utf8');
  await writeFile(path('elliptic.pem'), pem + elliptic);
  await writeFile(path('other.pem'), pem + other);
  for (const [file, reason] of [
    ['ci.cer', /no private key/],
    ['locked.pem', /cannot be opened/],
    ['ci.p12', /AZURE_CLIENT_CERTIFICATE_PASSWORD/],
    ['elliptic.pem', /not RSA/],
    ['other.pem', /does not belong/],
  ] as const) {
    const { code, stderr } = await status({ AZURE_CLIENT_CERTIFICATE_PATH: path(file) });
    assert.equal(code, 4, stderr);
    assert.match(stderr, reason);
  }
});

test('with the token of a workload identity, read when it is needed', async () => {
  await writeFile(path('federated'), `${await assertion(tokenEndpoint())}\n`);
  const variables = { AZURE_FEDERATED_TOKEN_FILE: path('federated') };
  await assertSignedIn(await status(variables), 'federated-token-file');
  const again = await status(variables);
  assert.equal(again.code, 4, 'an authority takes no assertion twice');
  await writeFile(path('federated'), await assertion(tokenEndpoint()));
  await assertSignedIn(await status(variables), 'federated-token-file');
});

test('with the OpenID provider of GitHub Actions', async (t) => {
  const asked: (string | null)[] = [];
  const provider = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://provider');
    asked.push(url.searchParams.get('audience'), url.searchParams.get('api-version'));
    response.statusCode = request.headers.authorization === 'Bearer job-token' ? 200 : 401;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ value: await assertion(tokenEndpoint()) }));
  });
  t.after(() => provider.close());
  await once(provider.listen(0, '127.0.0.1'), 'listening');
  const { port } = provider.address() as AddressInfo;
  const variables = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'job-token',
  };
  const found = await status(variables, '--debug');
  await assertSignedIn(found, 'github-oidc');
  assert.deepEqual(asked, [FEDERATION_AUDIENCE, '2.0']);
  assert.ok(!/job-token|eyJ/.test(found.stderr), found.stderr);
  const refused = await status({ ...variables, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'other' });
  assert.equal(refused.code, 4, refused.stderr);
  assert.match(refused.stderr, /id-token: write/);
});

test('auth token prints a token that works, alone and as ASSAY_ACCESS_TOKEN', async () => {
  const variables = { ...identity(), AZURE_CLIENT_SECRET: server.credentials.clientSecret };
  const printed = await runAssay(server.directory, ['auth', 'token'], variables);
  assert.equal(printed.code, 0, printed.stderr);
  assert.equal(printed.stderr, '');
  const token = printed.stdout.trim();
  const headers = { authorization: `Bearer ${token}` };
  assert.equal((await fetch(`${server.url}/v2.0/my/hardware/products`, { headers })).status, 200);

  const ready = { ASSAY_URL: server.url, ASSAY_ACCESS_TOKEN: token };
  await assertSignedIn(await runAssay(server.directory, ['auth', 'status', '-o', 'json'], ready), 'access-token');
  const ended = `e30.${Buffer.from(JSON.stringify({ exp: 1 })).toString('base64url')}.x`;
  const late = await runAssay(server.directory, ['auth', 'token'], { ...ready, ASSAY_ACCESS_TOKEN: ended });
  assert.equal(late.code, 4);
  assert.match(late.stderr, /ended at 1970/);
});

test('status for people names everything but secrets', async () => {
  const variables = { ...identity(), AZURE_CLIENT_SECRET: server.credentials.clientSecret };
  const { stdout } = await runAssay(server.directory, ['auth', 'status'], variables);
  assert.match(stdout, /^service +http:\S+ \(ASSAY_URL\)$/m);
  assert.match(stdout, /^credential +client-secret \(AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET\)$/m);
  assert.match(stdout, /^roles +Manager$/m);
  assert.ok(!stdout.includes(server.credentials.clientSecret));
});

test('env lists the variables, and hides the values of secrets', async () => {
  const variables = { AZURE_CLIENT_SECRET: 'do-not-show', AZURE_TENANT_ID: 'shown' };
  const { code, stdout } = await runAssay(server.directory, ['env', '-o', 'json'], variables);
  assert.equal(code, 0);
  const listed: { name: string; set: boolean; value?: string }[] = JSON.parse(stdout);
  assert.equal(listed.find(({ name }) => name === 'AZURE_CLIENT_SECRET')?.value, '***');
  assert.equal(listed.find(({ name }) => name === 'AZURE_TENANT_ID')?.value, 'shown');
  assert.equal(listed.find(({ name }) => name === 'ASSAY_URL')?.set, false);
  assert.ok(!(await runAssay(server.directory, ['env', '--set'], variables)).stdout.includes('ASSAY_URL'));
});

test('with -o json, jsonl and yaml an error is one line of JSON on stderr', async () => {
  const wrong = { ...identity(), AZURE_CLIENT_SECRET: 'wrong' };
  for (const output of [['-o', 'json'], ['--output=jsonl'], ['-oyaml']]) {
    const { code, stdout, stderr } = await runAssay(server.directory, ['auth', 'status', ...output], wrong);
    assert.equal(code, 4);
    assert.equal(stdout, '');
    const { error } = JSON.parse(stderr);
    assert.equal(error.code, 'invalid_client');
    assert.equal(error.exitCode, 4);
    assert.deepEqual(error.validationErrors, []);
  }
  const usage = await runAssay(server.directory, ['auth', 'status', '-o', 'json', '--nonsense']);
  assert.equal(usage.code, 2);
  assert.deepEqual(JSON.parse(usage.stderr).error, {
    code: 'usage',
    message: "unknown option '--nonsense'",
    validationErrors: [],
    exitCode: 2,
  });
  const text = await runAssay(server.directory, ['auth', 'status', '-o', 'table'], wrong);
  assert.match(text.stderr, /^assay: .*invalid_client/);
});

test('a command that is misspelt is recognized, and --no-color is taken by each', async () => {
  const { code, stderr } = await runAssay(server.directory, ['statsu']);
  assert.equal(code, 2);
  assert.match((await runAssay(server.directory, ['subimt'])).stderr, /Did you mean submit\?/);
  assert.notEqual(stderr, '');
  assert.equal((await runAssay(server.directory, ['config', 'list', '--no-color'])).code, 0);
});
