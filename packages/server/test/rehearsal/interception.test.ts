// The intercepting proxy against a real rehearsal, through raw sockets and Node's own TLS: what it leads where, what it refuses,
// and that nothing which a client sends brings it down.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after, before, test } from 'node:test';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { promisify } from 'node:util';
import {
  API_HOST,
  BLOB_HOST,
  type Credentials,
  INTERCEPTED_HOSTS,
  type Interception,
  type JournalEntry,
  type RunningServer,
  startInterception,
  startServer,
} from '../../src/index.ts';
import { readCredentials, temporaryFolder } from '../pipeline/running-service.ts';

const run = promisify(execFile);
const LOGIN = 'login.microsoftonline.com';

let server: RunningServer;
let interception: Interception;
let credentials: Credentials;
const folder = mkdtempSync(join(tmpdir(), 'assay-test-'));

before(async () => {
  server = await startServer({ port: 0, throwAway: true, dataDirectory: folder, rehearsal: {} });
  assert.ok(server.rehearsal);
  credentials = readCredentials(folder);
  interception = await startInterception({ rehearsal: server.rehearsal, tenantId: credentials.tenantId });
});

after(async () => {
  await interception.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens a connection to the proxy. */
async function toProxy(): Promise<Socket> {
  const { port, hostname } = new URL(interception.proxyUrl);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Sends raw bytes and gives all that comes back until the connection ends. */
async function sendRaw(bytes: string | Uint8Array): Promise<string> {
  const socket = await toProxy();
  let text = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    text += part;
  });
  const closed = once(socket, 'close');
  socket.end(bytes);
  await closed;
  return text;
}

/** Opens a tunnel to a host; `servername` is what the client says in its TLS hello. */
async function tunnel(host: string, servername = host): Promise<TLSSocket> {
  const socket = await toProxy();
  socket.write(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.match(answer.toString('latin1'), /^HTTP\/1\.1 200 /);
  const secured = tlsConnect({ socket, servername, ca: interception.certificate, ALPNProtocols: ['h2', 'http/1.1'] });
  await once(secured, 'secureConnect');
  return secured;
}

interface Call {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

const agents = new WeakMap<TLSSocket, Agent>();

/** An agent that has this one connection, and keeps it. */
function agentOf(socket: TLSSocket): Agent {
  const known = agents.get(socket);
  if (known !== undefined) return known;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => socket;
  agents.set(socket, agent);
  return agent;
}

/** One request over a connection that stays open. */
async function call(
  socket: TLSSocket,
  host: string,
  { method = 'GET', path, headers = {}, body }: Call,
): Promise<Answer> {
  const agent = agentOf(socket);
  const sent = request({ agent, method, path, headers: { Host: host, ...headers } });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  if (headers.Expect !== undefined) {
    sent.flushHeaders();
    await once(sent, 'continue');
  }
  if (body instanceof Readable) await pipeline(body, sent);
  else sent.end(body);
  const [answer] = await answered;
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  return { status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString('utf8') };
}

async function within<Result>(host: string, use: (socket: TLSSocket) => Promise<Result>): Promise<Result> {
  const socket = await tunnel(host);
  try {
    return await use(socket);
  } finally {
    socket.destroy();
  }
}

async function signIn(): Promise<string> {
  const { tenantId, clientId, clientSecret } = credentials;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: `https://${API_HOST}/.default`,
  });
  const answer = await within(LOGIN, (socket) =>
    call(socket, LOGIN, { method: 'POST', path: `/${tenantId}/oauth2/v2.0/token`, body: form.toString() }),
  );
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text).access_token;
}

const lastRefusal = () => server.rehearsal?.journal.entries().at(-1);

test('the names of the service lead to the rehearsal, over HTTP/1.1 and one connection for several calls', async () => {
  const token = await signIn();
  await within(API_HOST, async (socket) => {
    assert.equal(socket.alpnProtocol, 'http/1.1');
    for (let round = 0; round < 3; round++) {
      const headers = { Authorization: `Bearer ${token}` };
      const { status, text } = await call(socket, API_HOST, { path: '/v2.0/my/hardware/products', headers });
      assert.equal(status, 200, text);
    }
    const { status } = await call(socket, `${API_HOST}:443`, { path: '/v2.0/my/hardware/products' });
    assert.equal(status, 401, 'a call without a token is refused as at any other address');
  });
});

test('a package of some size goes to the blob host after 100-continue, and comes back', async () => {
  const authorization = { Authorization: `Bearer ${await signIn()}`, 'Content-Type': 'application/json' };
  const answer = await within(API_HOST, async (socket) => {
    const product = await call(socket, API_HOST, {
      method: 'POST',
      path: '/v2.0/my/hardware/products',
      headers: authorization,
      body: JSON.stringify({
        productName: 'X',
        testHarness: 'attestation',
        requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
      }),
    });
    assert.equal(product.status, 201, product.text);
    const [, id] = /"id":(\d+)/.exec(product.text) ?? [];
    const body = JSON.stringify({ name: 'X', type: 'initial' });
    const path = `/v2.0/my/hardware/products/${id}/submissions`;
    return await call(socket, API_HOST, { method: 'POST', path, headers: authorization, body });
  });
  assert.equal(answer.status, 201, answer.text);
  const upload = new URL(JSON.parse(answer.text).downloads.items[0].url);
  assert.equal(upload.origin, `https://${BLOB_HOST}`);
  const path = `${upload.pathname}${upload.search}`;
  const parts = Array.from({ length: 64 }, () => randomBytes(256 * 1024));
  await within(BLOB_HOST, async (socket) => {
    const headers = {
      'x-ms-blob-type': 'BlockBlob',
      Expect: '100-continue',
      'Content-Length': String(parts.length * 256 * 1024),
    };
    const put = await call(socket, BLOB_HOST, { method: 'PUT', path, headers, body: Readable.from(parts) });
    assert.equal(put.status, 201, put.text);
    const range = { Range: 'bytes=0-9' };
    const got = await call(socket, BLOB_HOST, { path, headers: range });
    // The URL to upload with may not read (403) or may (206): either way it is the blob endpoint that answers.
    assert.ok([206, 403].includes(got.status ?? 0), got.text);
    assert.equal(typeof got.headers['x-ms-request-id'], 'string');
  });
});

test('everything else is refused with the reason, and recorded', async () => {
  const cases: readonly (readonly [target: string, code: string])[] = [
    ['example.com:443', 'HostNotIntercepted'],
    [`${API_HOST}:80`, 'PortNotIntercepted'],
    [`${API_HOST}.example.com:443`, 'HostNotIntercepted'],
    ['contoso.blob.core.windows.net:443', 'OtherStorageAccount'],
    ['127.0.0.1:443', 'LoopbackThroughProxy'],
    ['[::1]:443', 'LoopbackThroughProxy'],
    ['localhost:8080', 'LoopbackThroughProxy'],
  ];
  for (const [target, code] of cases) {
    const answer = await sendRaw(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 403 Forbidden\r\n/, target);
    const entry = lastRefusal();
    assert.deepEqual([entry?.method, entry?.host, entry?.status, entry?.refusal?.code], ['CONNECT', target, 403, code]);
    assert.ok(answer.includes(entry?.refusal?.message ?? '?'), answer);
  }
  const plain = await sendRaw(
    'GET http://example.com/path?secret=1 HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n',
  );
  assert.match(plain, /^HTTP\/1\.1 403 /);
  assert.deepEqual([lastRefusal()?.host, lastRefusal()?.path], ['example.com:80', '/path']);
  const insecure = await sendRaw(
    `GET http://${API_HOST}/v2.0/my/hardware/products HTTP/1.1\r\nHost: ${API_HOST}\r\nConnection: close\r\n\r\n`,
  );
  assert.match(insecure, /^HTTP\/1\.1 403 [\s\S]*https only/);
});

test('a request for another host than that of its connection is refused', async () => {
  const answer = await within(API_HOST, (socket) => call(socket, LOGIN, { path: '/common/discovery/instance?x=1' }));
  assert.equal(answer.status, 421);
  assert.deepEqual([lastRefusal()?.refusal?.code, lastRefusal()?.path], ['Misdirected', '/common/discovery/instance']);
  await assert.rejects(tunnel(API_HOST, LOGIN), 'a hello with another name is not answered');
  assert.equal(lastRefusal()?.refusal?.code, 'HandshakeFailed');
});

test('a client that does not trust the run is told so in the journal', async () => {
  const socket = await toProxy();
  socket.write(`CONNECT ${API_HOST}:443 HTTP/1.1\r\n\r\n`);
  await once(socket, 'data');
  const told = new Promise<JournalEntry>((resolve) => {
    const stop = server.rehearsal?.journal.listen((entry) => {
      stop?.();
      resolve(entry);
    });
  });
  const secured = tlsConnect({ socket, servername: API_HOST });
  const [error] = (await once(secured, 'error')) as [NodeJS.ErrnoException];
  socket.destroy();
  const { host, refusal } = await told;
  assert.deepEqual([host, refusal?.code], [API_HOST, 'HandshakeFailed']);
  assert.match(refusal?.message ?? '', /does not trust/);
  assert.match(error.code ?? '', /CERT|SELF_SIGNED|ISSUER|VERIFY/);
});

test('nothing that is sent brings it down', async () => {
  const junk: readonly (string | Uint8Array)[] = [
    randomBytes(4096),
    '\r\n\r\n\r\n',
    'CONNECT',
    'CONNECT  HTTP/1.1\r\n\r\n',
    'CONNECT :443 HTTP/1.1\r\n\r\n',
    `CONNECT ${'a'.repeat(9000)}:443 HTTP/1.1\r\n\r\n`,
    'CONNECT user:password@example.com:443 HTTP/1.1\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'GET http:// HTTP/1.1\r\nHost: \r\n\r\n',
    'GET http://[:::]/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    'POST http://example.com/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    Buffer.concat([Buffer.from(`CONNECT ${API_HOST}:443 HTTP/1.1\r\n\r\n`), randomBytes(2000)]),
    `CONNECT ${API_HOST}:443 HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
  ];
  for (const bytes of junk) await sendRaw(bytes);
  await Promise.all(Array.from({ length: 20 }, async () => (await toProxy()).destroy()));
  const left = await toProxy();
  left.write(`CONNECT ${API_HOST}:443 HTTP/1.1\r\n\r\n`);
  await once(left, 'data');
  left.destroy();
  const secured = await tunnel(API_HOST);
  const closed = once(secured, 'close');
  secured.on('error', () => undefined).resume();
  secured.end(randomBytes(3000));
  await closed;
  assert.equal((await within(API_HOST, (socket) => call(socket, API_HOST, { path: '/healthz' }))).status, 200);
});

test('a request that cannot be read is answered and explained; the certificate is not blamed', async () => {
  const cases: readonly (readonly [bytes: string, status: number])[] = [
    [`GET / HTTP/1.1\r\nHost: ${API_HOST}\r\nX-Much: ${'m'.repeat(40_000)}\r\n\r\n`, 431],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['no request at all\r\n\r\n', 400],
  ];
  for (const [bytes, status] of cases) {
    const secured = await tunnel(API_HOST);
    let text = '';
    secured.on('error', () => undefined).setEncoding('latin1');
    secured.on('data', (part: string) => {
      text += part;
    });
    const closed = once(secured, 'close');
    secured.write(bytes);
    await closed;
    const { host, status: recorded, refusal } = lastRefusal() ?? {};
    assert.deepEqual([host, recorded, refusal?.code], [API_HOST, status, 'MalformedRequest']);
    assert.ok(text.startsWith(`HTTP/1.1 ${status} `) && text.includes(refusal?.message ?? '?'), text);
  }
});

test('what is refused is recorded in short and without tokens', async () => {
  const token = `${'a'.repeat(20)}.${'b'.repeat(20)}.${'c'.repeat(20)}`;
  await within(API_HOST, async (socket) => {
    const { status } = await call(socket, 'h'.repeat(5000), { path: `/${token}/${'p'.repeat(5000)}` });
    assert.equal(status, 421);
  });
  const { host = '', path = '', refusal } = lastRefusal() ?? {};
  assert.ok(host.length <= 255 && path.length <= 2000 && (refusal?.message.length ?? 0) <= 2000);
  assert.ok(path.startsWith('/***/p'), path);
});

test('a token of another issuer is refused and noticed, and kept nowhere', async () => {
  assert.deepEqual(interception.notices(), []);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: 'https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/', tid: '72f988bf' };
  const token = `${part({ alg: 'RS256' })}.${part(claims)}.${randomBytes(256).toString('base64url')}`;
  const headers = { Authorization: `Bearer ${token}` };
  const path = '/v2.0/my/hardware/products';
  const answer = await within(API_HOST, (socket) => call(socket, API_HOST, { path, headers }));
  assert.equal(answer.status, 401);
  assert.match(interception.notices().join(), /did not issue was presented once/);
  const form = 'grant_type=client_credentials&client_id=x&client_secret=of-another-tenant';
  const tenant = '/72f988bf-86f1-41af-91ab-2d7cd011db47/oauth2/token';
  const refused = await within(LOGIN, (socket) => call(socket, LOGIN, { method: 'POST', path: tenant, body: form }));
  assert.equal(refused.status, 400);
  assert.match(interception.notices().join(), /asked for in another tenant once/);
  const kept = JSON.stringify([server.rehearsal?.journal.entries(), interception.notices()]);
  assert.ok(!kept.includes(token) && !kept.includes('of-another-tenant'));
});

test('the authority of the run can certify its names only, for servers only, for a day', async (t) => {
  const certificate = new X509Certificate(interception.certificate);
  assert.ok(certificate.ca);
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  const hours = (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / 3_600_000;
  assert.ok(hours <= 25, `${hours} hours`);
  const secured = await tunnel(BLOB_HOST);
  const names = secured.getPeerX509Certificate()?.subjectAltName ?? '';
  const leaf = secured.getPeerX509Certificate()?.toString() ?? '';
  secured.destroy();
  assert.equal(names, INTERCEPTED_HOSTS.map((host) => `DNS:${host}`).join(', '));
  const directory = temporaryFolder(t);
  const [authorityFile, leafFile] = [join(directory, 'ca.pem'), join(directory, 'leaf.pem')];
  writeFileSync(authorityFile, interception.certificate);
  writeFileSync(leafFile, leaf);
  try {
    await run('openssl', ['version']);
  } catch {
    return t.skip('openssl is not installed: apt-get install openssl');
  }
  const strict = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', authorityFile];
  for (const host of INTERCEPTED_HOSTS) await run('openssl', [...strict, '-verify_hostname', host, leafFile]);
  await assert.rejects(run('openssl', [...strict, '-verify_hostname', 'example.com', leafFile]));
  const { stdout } = await run('openssl', ['x509', '-in', authorityFile, '-noout', '-text']);
  assert.match(stdout, /X509v3 Name Constraints: critical\s+Permitted:\s+DNS:manage\.devcenter\.microsoft\.com/);
  assert.match(stdout, /Excluded:\s+IP:0\.0\.0\.0\/0\.0\.0\.0/);
});
