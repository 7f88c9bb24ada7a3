// Client assertions: a JWT that the application signs with the key of one of its certificates (RFC 7523 §3, private_key_jwt
// of OpenID Connect Core §9), as Entra ID takes them and MSAL makes them. The certificate is named in the header (RFC 7515
// §4.1.6 to §4.1.8) and must be registered to the application; a chain that is sent along proves nothing by itself.
import { type KeyObject, X509Certificate } from 'node:crypto';
import { compactVerify, decodeProtectedHeader, errors as joseErrors, type ProtectedHeaderParameters } from 'jose';
import type { Clock } from '../clock.ts';
import type { ApplicationInTenant } from '../store/accounts.ts';
import { listApplicationCertificates, takeAssertionId } from '../store/application-certificates.ts';
import type { Database } from '../store/database.ts';
import type { ApplicationCertificate } from '../store/schema.ts';
import { EntraError } from './entra-errors.ts';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What an assertion may be signed with: what Entra ID documents (PS256) and what older clients send (RS256). */
export const ASSERTION_ALGORITHMS = ['RS256', 'PS256'] as const;

/** How far a client's clock may be off, in seconds. */
const CLOCK_TOLERANCE = 5 * 60;
/** Longest life of an assertion, in seconds: as long as its id is remembered. */
const LONGEST_LIFE = 24 * 60 * 60;
const LONGEST_ID = 1_000;

interface Setting {
  readonly database: Database;
  readonly clock: Clock;
  readonly application: ApplicationInTenant;
  /** What the assertion may name as its audience. */
  readonly audiences: readonly string[];
}

const malformed = (reason: string): EntraError =>
  new EntraError('malformedAssertion', `JWT token is invalid or malformed: ${reason}`);

/** Throws EntraError unless the assertion proves the application, and uses its id up. */
export async function checkClientAssertion(setting: Setting, assertion: string): Promise<void> {
  const { database, clock, application, audiences } = setting;
  const certificate = await findCertificate(setting, readHeader(assertion));
  const claims = parseClaims(await verifySignature(certificate, assertion, clock));
  if (claims.iss?.toLowerCase() !== application.client_id || claims.sub?.toLowerCase() !== application.client_id) {
    throw new EntraError(
      'assertionOfAnother',
      "Client assertion application identifier doesn't match 'client_id' parameter: 'iss' and 'sub' must both be the client_id.",
    );
  }
  if (!claims.aud.some((audience) => audiences.some((ours) => sameAddress(audience, ours)))) {
    throw new EntraError(
      'assertionAudience',
      `Client assertion audience claim does not match Realm issuer. Use the address of the token endpoint: ${audiences[0]}`,
    );
  }
  const expiresAt = checkTimes(claims, clock);
  const fresh = await takeAssertionId(
    database,
    { clientId: application.client_id, id: claims.jti, expiresAt: new Date((expiresAt + CLOCK_TOLERANCE) * 1000) },
    clock,
  );
  if (!fresh) throw malformed("its 'jti' was used before. Make a new assertion for each token request.");
}

function readHeader(assertion: string): ProtectedHeaderParameters {
  let header: ProtectedHeaderParameters;
  try {
    header = decodeProtectedHeader(assertion);
  } catch {
    throw malformed('it is not a signed JWT in compact form.');
  }
  if (!ASSERTION_ALGORITHMS.some((algorithm) => algorithm === header.alg)) {
    throw malformed(`its algorithm must be one of ${ASSERTION_ALGORITHMS.join(', ')}.`);
  }
  return header;
}

/** A thumbprint in base64url as lower-case hex; some clients pad it. */
function thumbprintOf(value: string): string {
  return Buffer.from(value, 'base64url').toString('hex');
}

/** One test for each way in which the header names a certificate. */
function namedBy(header: ProtectedHeaderParameters): ((certificate: ApplicationCertificate) => boolean)[] {
  const { x5t, x5c, kid, 'x5t#S256': x5tS256 } = header as Record<string, unknown>;
  const tests: ((certificate: ApplicationCertificate) => boolean)[] = [];
  if (typeof x5tS256 === 'string') tests.push(({ thumbprint }) => thumbprint === thumbprintOf(x5tS256));
  if (typeof x5t === 'string') tests.push(({ sha1_thumbprint }) => sha1_thumbprint === thumbprintOf(x5t));
  if (Array.isArray(x5c) && typeof x5c[0] === 'string') {
    const leaf = Buffer.from(x5c[0], 'base64').toString('base64');
    tests.push(({ certificate }) => certificate === leaf);
  }
  // A client that names its key by `kid` alone writes the SHA-1 thumbprint, in hex or as in x5t.
  if (tests.length === 0 && typeof kid === 'string') {
    tests.push(({ sha1_thumbprint }) => [kid.toLowerCase(), thumbprintOf(kid)].includes(sha1_thumbprint));
  }
  return tests;
}

async function findCertificate(
  { database, application }: Setting,
  header: ProtectedHeaderParameters,
): Promise<ApplicationCertificate> {
  const tests = namedBy(header);
  if (tests.length === 0) {
    throw new EntraError(
      'assertionNamesNoKey',
      'Invalid JWT token. No certificate SHA-1 thumbprint, certificate SHA-256 thumbprint, nor keyId specified in token header.',
    );
  }
  const registered = await listApplicationCertificates(database, application.client_id);
  const found = registered.find((certificate) => tests.every((test) => test(certificate)));
  if (found === undefined) {
    throw new EntraError(
      'assertionNotAccepted',
      `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.] Add it with: assay application certificate add ${application.client_id} FILE`,
    );
  }
  return found;
}

async function verifySignature(
  certificate: ApplicationCertificate,
  assertion: string,
  clock: Clock,
): Promise<Uint8Array> {
  const now = clock().toISOString();
  if (now < certificate.not_before || now > certificate.not_after) {
    throw new EntraError(
      'assertionNotAccepted',
      `Client assertion contains an invalid signature. [Reason - The key used is expired., Found key 'Start=${certificate.not_before}, End=${certificate.not_after}', Thumbprint of key used by client: '${certificate.sha1_thumbprint.toUpperCase()}']`,
    );
  }
  try {
    const { payload } = await compactVerify(assertion, publicKeyOf(certificate), {
      algorithms: [...ASSERTION_ALGORITHMS],
    });
    return payload;
  } catch (error) {
    // TypeError: the certificate's key does not fit the algorithm that the header names.
    if (!(error instanceof joseErrors.JOSEError || error instanceof TypeError)) throw error;
    throw new EntraError(
      'assertionNotAccepted',
      `Client assertion contains an invalid signature. [Reason - The provided signature value did not match the expected signature value., Thumbprint of key used by client: '${certificate.sha1_thumbprint.toUpperCase()}']`,
    );
  }
}

function publicKeyOf({ certificate }: ApplicationCertificate): KeyObject {
  return new X509Certificate(Buffer.from(certificate, 'base64')).publicKey;
}

interface AssertionClaims {
  readonly iss: string | undefined;
  readonly sub: string | undefined;
  readonly aud: readonly string[];
  readonly exp: number;
  readonly nbf: number | undefined;
  readonly jti: string;
}

function parseClaims(payload: Uint8Array): AssertionClaims {
  let claims: Record<string, unknown>;
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    if (typeof value !== 'object' || value === null) throw new SyntaxError('no object');
    claims = value as Record<string, unknown>;
  } catch {
    throw malformed('its payload is not a JSON object.');
  }
  const { iss, sub, aud, exp, nbf, jti } = claims;
  if (typeof exp !== 'number' || !Number.isFinite(exp)) throw malformed("it needs an expiry time ('exp').");
  if (nbf !== undefined && (typeof nbf !== 'number' || !Number.isFinite(nbf))) throw malformed("'nbf' is no time.");
  if (typeof jti !== 'string' || jti === '' || jti.length > LONGEST_ID) {
    throw malformed("it needs an identifier of its own ('jti').");
  }
  return {
    iss: typeof iss === 'string' ? iss : undefined,
    sub: typeof sub === 'string' ? sub : undefined,
    aud: (Array.isArray(aud) ? aud : [aud]).filter((audience) => typeof audience === 'string'),
    exp,
    nbf,
    jti,
  };
}

/** Whether two addresses differ at most in case and in a slash at the end. */
function sameAddress(one: string, other: string): boolean {
  const plain = (address: string): string => address.toLowerCase().replace(/\/$/, '');
  return plain(one) === plain(other);
}

/** The end of the assertion's life, in seconds since 1970. Throws EntraError outside of it. */
function checkTimes({ exp, nbf }: AssertionClaims, clock: Clock): number {
  const now = clock().getTime() / 1000;
  const notYet = nbf !== undefined && nbf > now + CLOCK_TOLERANCE;
  if (notYet || exp <= now - CLOCK_TOLERANCE) {
    throw new EntraError(
      'assertionTimes',
      `Client assertion is not within its valid time range. Current time: ${clock().toISOString()}, assertion valid from ${nbf ?? 'any time'}, expiry time of assertion ${exp} (seconds since 1970).`,
    );
  }
  if (exp > now + LONGEST_LIFE + CLOCK_TOLERANCE) {
    throw new EntraError(
      'assertionTimes',
      `Client assertion is not within its valid time range: it may be valid for at most ${LONGEST_LIFE / 3600} hours.`,
    );
  }
  return exp;
}
