// A key vault on this machine: speaks the REST interface of Key Vault over TLS as far as signing needs it, asks for tokens as
// Key Vault does, and signs with keys in memory. Names under vault.azure.net lead to it while it runs.
import { constants, type KeyObject, privateEncrypt } from 'node:crypto';
import dns from 'node:dns';
import { readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import tls from 'node:tls';
import { type Certificate, createCertificate, encodePem } from '@assay/authenticode';
import type { TokenCredential } from '@azure/identity';
import { makeKeyPair, pem, pkcs8 } from './authority.ts';
import { newFolder, runTool } from './external-tool.ts';

export const VAULT_HOST = 'assay-test.vault.azure.net';
export const TENANT = '11111111-2222-3333-4444-555555555555';
const TOKEN = 'eyJ-a-bearer-token';
const VERSION = '0123456789abcdef0123456789abcdef';

/** id-kp-serverAuth, RFC 5280 §4.2.1.12. */
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';

export interface VaultEntry {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Absent for a key without certificate. */
  readonly certificate?: Certificate;
}

export interface FakeVault {
  /** With port. */
  readonly url: string;
  /** Method and path of each request that came with a token. */
  readonly requests: string[];
  /** What each token was asked for. */
  readonly tokenRequests: { scopes: string | string[]; tenantId: string | undefined }[];
  readonly credential: TokenCredential;
  /** What the vault calls its resource when it asks for a token. */
  resource: string;
  /** Answers to give instead of the real ones: status, and a code and message. */
  readonly refusals: { status: number; code: string; message: string }[];
  close(): Promise<void>;
}

const DIGESTS: Readonly<Record<string, string>> = { '256': 'sha256', '384': 'sha384', '512': 'sha512' };
const DIGEST_INFO: Readonly<Record<string, string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

export async function startVault(entries: Readonly<Record<string, VaultEntry>>): Promise<FakeVault> {
  const now = Date.now();
  const validity = { notBefore: new Date(now - 3_600_000), notAfter: new Date(now + 86_400_000) };
  const issuerKeys = makeKeyPair('ec');
  const subject = { commonName: 'Authority of the test vault' };
  const issuer = createCertificate({ subject, ...issuerKeys, certificateAuthority: true, ...validity });
  const keys = makeKeyPair('ec');
  const certificate = createCertificate({
    subject: { commonName: VAULT_HOST },
    issuer: { certificate: issuer, privateKey: issuerKeys.privateKey },
    publicKey: keys.publicKey,
    extendedKeyUsages: [SERVER_AUTHENTICATION],
    ...validity,
  });
  const requests: string[] = [];
  const tokenRequests: FakeVault['tokenRequests'] = [];
  const refusals: FakeVault['refusals'] = [];

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const send = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
      response.end(JSON.stringify(body));
    };
    const body = request.method === 'POST' ? await json(request).catch(() => undefined) : undefined;
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      const challenge = `Bearer authorization="https://login.microsoftonline.com/${TENANT}", resource="${vault.resource}"`;
      send(401, { error: { code: 'Unauthorized', message: 'AKV10000' } }, { 'www-authenticate': challenge });
      return;
    }
    const url = new URL(request.url ?? '', vault.url);
    requests.push(`${request.method} ${url.pathname}`);
    const refusal = refusals.shift();
    if (refusal !== undefined) {
      send(refusal.status, { error: { code: refusal.code, message: refusal.message } }, { 'retry-after': '0' });
      return;
    }
    const [, collection, name = '', version = VERSION, operation] = url.pathname.split('/');
    const entry = entries[name];
    const missing = {
      code: `${collection === 'keys' ? 'Key' : 'Certificate'}NotFound`,
      message: `${name} was not found`,
    };
    const kid = `${vault.url}/keys/${name}/${VERSION}`;
    if (!url.searchParams.has('api-version')) send(400, { error: { code: 'BadParameter', message: 'api-version' } });
    else if (entry === undefined || version !== VERSION) send(404, { error: missing });
    else if (request.method === 'POST' && operation === 'sign') send(200, { kid, value: signDigest(entry, body) });
    else if (collection === 'keys') send(200, { key: jwk(entry, kid), attributes: { enabled: true } });
    else if (entry.certificate === undefined) send(404, { error: missing });
    else send(200, { id: kid.replace('/keys/', '/certificates/'), kid, cer: base64(entry.certificate.bytes) });
  };

  const server = createServer({ key: pkcs8(keys.privateKey), cert: pem(certificate) }, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(400).end(JSON.stringify({ error: { code: 'BadParameter', message: String(error) } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const trusted = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...trusted, encodePem('CERTIFICATE', issuer.bytes)]);
  const { lookup } = dns;
  // Both clients, fetch and the one of the SDK, look names up here.
  dns.lookup = ((name: string, options: dns.LookupOptions, done: (...result: unknown[]) => void) => {
    const local = name.endsWith('.vault.azure.net') || name === 'elsewhere.example';
    if (!local) done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }));
    else if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }]);
    else done(null, '127.0.0.1', 4);
  }) as typeof dns.lookup;

  const vault: FakeVault = {
    url: `https://${VAULT_HOST}:${port}`,
    requests,
    tokenRequests,
    refusals,
    resource: 'https://vault.azure.net',
    credential: {
      async getToken(scopes, options) {
        tokenRequests.push({ scopes, tenantId: options?.tenantId });
        return { token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 };
      },
    },
    async close() {
      dns.lookup = lookup;
      tls.setDefaultCACertificates(trusted);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return vault;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function jwk({ publicKey }: VaultEntry, kid: string): Record<string, unknown> {
  const exported = publicKey.export({ format: 'jwk' });
  return { ...exported, kty: `${exported.kty}-HSM`, kid, key_ops: ['sign', 'verify'] };
}

/** Signs a digest as Key Vault does: PKCS#1 v1.5 around it, or r and s of ECDSA. */
function signDigest({ privateKey }: VaultEntry, body: unknown): string {
  const { alg, value } = body as { alg: string; value: string };
  const digest = Buffer.from(value, 'base64url');
  const name = DIGESTS[alg.slice(2)];
  const isRsa = privateKey.asymmetricKeyType === 'rsa';
  if (name === undefined || digest.length * 8 !== Number(alg.slice(2))) throw new Error(`bad digest for ${alg}`);
  if (isRsa !== alg.startsWith('RS')) throw new Error(`${alg} does not go with this key`);
  if (isRsa) {
    const input = Buffer.concat([Buffer.from(DIGEST_INFO[name] ?? '', 'hex'), digest]);
    const { RSA_PKCS1_PADDING: padding } = constants;
    return privateEncrypt({ key: privateKey, padding }, input).toString('base64url');
  }
  return signDigestWithEc(privateKey, digest).toString('base64url');
}

/** Node signs messages only, openssl signs digests too. */
function signDigestWithEc(privateKey: KeyObject, digest: Uint8Array): Buffer {
  const folder = newFolder({ 'key.pem': pkcs8(privateKey), digest });
  try {
    const { status, output } = runTool('openssl', SIGN_DIGEST, folder);
    if (status !== 0) throw new Error(output);
    return plainSignature(readFileSync(join(folder, 'signature')), privateKey);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const SIGN_DIGEST = ['pkeyutl', '-sign', '-inkey', 'key.pem', '-in', 'digest', '-out', 'signature'];

/** r and s side by side, from SEQUENCE { INTEGER r, INTEGER s } with lengths below 128. */
function plainSignature(der: Buffer, privateKey: KeyObject): Buffer {
  const size = privateKey.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 48 : 32;
  const rLength = der[3] ?? 0;
  const r = der.subarray(4, 4 + rLength);
  const s = der.subarray(6 + rLength);
  return Buffer.concat([r, s].map((part) => Buffer.concat([Buffer.alloc(size), part]).subarray(-size)));
}
