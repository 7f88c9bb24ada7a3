// Reads public things from Azure Key Vault: certificates and public keys. Signing is done by Microsoft's own client; it has
// no part for certificates in the package that we use.
import { createPublicKey, type KeyObject, type webcrypto } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Certificate, ParseError, parseCertificate, SigningError } from '@assay/authenticode';
import type { TokenCredential } from '@azure/identity';
import { vaultRefusal } from './vault-error.ts';
import { parseVaultUrl, type VaultUrl } from './vault-url.ts';

/** The oldest version of the REST interface that is still supported everywhere; what is read here is in all. */
const API_VERSION = '7.4';
const TIMEOUT_MS = 30_000;
const MAXIMUM_ANSWER_BYTES = 1024 * 1024;
/** Pauses before another try when the vault is busy; it may ask for other ones, but not longer than the last. */
const RETRY_DELAYS_MS = [500, 2_000, 5_000, 10_000];

export interface VaultCertificate {
  readonly certificate: Certificate;
  /** Identifier of its key, with version. */
  readonly keyId: string;
}

export interface VaultKey {
  readonly publicKey: KeyObject;
  /** With version. */
  readonly keyId: string;
}

/** Where to get a token, and for what (RFC 6750 §3, with the parameters that Key Vault adds). */
interface Challenge {
  readonly scope: string;
  readonly tenantId: string | undefined;
}

/**
 * Reads the challenge of a vault. Throws SigningError `key-vault-refused` when there is none, or when it asks for a token of
 * another domain than the vault's own: somebody who pretends to be a vault could use such a token elsewhere.
 */
export function readChallenge(header: string | null, vault: string): Challenge {
  const parameters = new Map<string, string>();
  for (const [, name, value] of (header ?? '').matchAll(/(\w+)\s*=\s*"?([^",\s]+)"?/g)) {
    if (name !== undefined && value !== undefined) parameters.set(name.toLowerCase(), value);
  }
  const resource = parameters.get('resource');
  const scope = resource === undefined ? parameters.get('scope') : `${resource.replace(/\/$/, '')}/.default`;
  if (scope === undefined || !URL.canParse(scope)) {
    throw new SigningError(
      'key-vault-refused',
      `${vault} does not say how to log in: is it the address of a key vault?`,
    );
  }
  if (!new URL(vault).hostname.endsWith(`.${new URL(scope).hostname}`)) {
    const message = `${vault} asks for a token of '${new URL(scope).hostname}', which is not its domain; it gets none: check the address`;
    throw new SigningError('key-vault-refused', message);
  }
  const authority = parameters.get('authorization') ?? parameters.get('authorization_uri') ?? '';
  const tenantId = URL.canParse(authority)
    ? new URL(authority).pathname.split('/').find((part) => part !== '')
    : undefined;
  return { scope, tenantId };
}

/** What may be different a moment later: connections that break, not names or certificates that are wrong. */
const PASSING = /^(ECONNRESET|ECONNREFUSED|ETIMEDOUT|EPIPE|EAI_AGAIN|UND_ERR_SOCKET|UND_ERR_CONNECT_TIMEOUT)$/;

function isPassing(error: unknown): boolean {
  const cause = error instanceof TypeError ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && PASSING.test(String(cause.code));
}

async function readAnswer(response: Response): Promise<Record<string, unknown>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAXIMUM_ANSWER_BYTES)
      throw new SigningError('key-vault-refused', 'the answer of the vault is too large');
    chunks.push(chunk);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // An answer of a gateway in between, for example.
  }
  return {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export class VaultClient {
  readonly #credential: TokenCredential;
  #challenge: Challenge | undefined;

  constructor(credential: TokenCredential) {
    this.#credential = credential;
  }

  /** A certificate and its key's identifier. Throws SigningError `certificate-not-found`, `key-vault-refused`, `key-vault-unreachable`. */
  async getCertificate(url: VaultUrl): Promise<VaultCertificate> {
    const what = `the certificate '${url.name}'`;
    const answer = await this.#get({ ...url, collection: 'certificates' }, what, 'certificate-not-found');
    try {
      const certificate = parseCertificate(Uint8Array.from(Buffer.from(text(answer.cer), 'base64')));
      return { certificate, keyId: this.#keyId(text(answer.kid), url, what) };
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      const message = `the vault has no finished certificate '${url.name}': merge or renew it there`;
      throw new SigningError('certificate-not-found', message, { cause: error });
    }
  }

  /** The public half of a key. Throws SigningError `key-not-found`, `unsupported-key`, `key-vault-refused`, `key-vault-unreachable`. */
  async getKey(url: VaultUrl): Promise<VaultKey> {
    const what = `the key '${url.name}'`;
    const { key } = await this.#get({ ...url, collection: 'keys' }, what, 'key-not-found');
    const parts: Record<string, unknown> = typeof key === 'object' && key !== null ? { ...key } : {};
    const keyId = this.#keyId(text(parts.kid), url, what);
    // RSA-HSM and EC-HSM are RSA and EC that never leave hardware.
    const jwk: webcrypto.JsonWebKey = { kty: text(parts.kty).replace(/-HSM$/, '') };
    for (const name of ['n', 'e', 'crv', 'x', 'y'] as const) {
      if (parts[name] !== undefined) jwk[name] = text(parts[name]);
    }
    try {
      return { publicKey: createPublicKey({ key: jwk, format: 'jwk' }), keyId };
    } catch (cause) {
      throw new SigningError('unsupported-key', `${what} is neither RSA nor EC: take another one`, { cause });
    }
  }

  /** Keys of other vaults are not followed. */
  #keyId(keyId: string, { vault }: VaultUrl, what: string): string {
    const key = keyId === '' ? undefined : parseVaultUrl(keyId);
    if (key?.vault === vault && key.collection === 'keys' && key.version !== undefined) return keyId;
    throw new SigningError('key-vault-refused', `the answer about ${what} names no key in the same vault`);
  }

  async #get(url: VaultUrl, what: string, missing: string): Promise<Record<string, unknown>> {
    const path = [url.vault, url.collection, url.name, ...(url.version === undefined ? [] : [url.version])].join('/');
    const response = await this.#fetchWithRetries(`${path}?api-version=${API_VERSION}`, url.vault, what);
    const answer = await readAnswer(response);
    if (response.ok) return answer;
    const detail = typeof answer.error === 'object' && answer.error !== null ? { ...answer.error } : {};
    throw vaultRefusal({ statusCode: response.status, ...detail }, what, missing);
  }

  async #fetchWithRetries(address: string, vault: string, what: string): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      const delay = RETRY_DELAYS_MS[attempt];
      let response: Response;
      try {
        response = await this.#fetch(address, vault);
      } catch (error) {
        if (delay === undefined || !isPassing(error)) throw vaultRefusal(error, what);
        await wait(delay);
        continue;
      }
      if (delay === undefined || (response.status !== 429 && response.status < 500)) return response;
      await response.body?.cancel();
      const asked = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000;
      await wait(asked >= 0 ? Math.min(asked, 10_000) : delay);
    }
  }

  async #fetch(address: string, vault: string): Promise<Response> {
    const request = async (authorization: Record<string, string>) =>
      await fetch(address, {
        headers: { accept: 'application/json', ...authorization },
        // A token must not follow a redirection to somewhere else.
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    if (this.#challenge === undefined) {
      const response = await request({});
      if (response.status !== 401) return response;
      this.#challenge = readChallenge(response.headers.get('www-authenticate'), vault);
      await response.body?.cancel();
    }
    const { scope, tenantId } = this.#challenge;
    const token = await this.#credential.getToken([scope], tenantId === undefined ? {} : { tenantId });
    if (token === null) throw new SigningError('key-vault-refused', 'the credential gave no token: log in first');
    return await request({ authorization: `Bearer ${token.token}` });
  }
}
