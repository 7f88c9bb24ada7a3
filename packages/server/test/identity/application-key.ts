// An application's key with its certificate, and client assertions made with them as MSAL makes them.
import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { type Certificate, createCertificate } from '@assay/authenticode';
import { SignJWT } from 'jose';
import type { TestApp } from '../http/test-app.ts';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface ApplicationKey {
  readonly privateKey: KeyObject;
  readonly certificate: Certificate;
}

/** A self-signed certificate; valid around `from` for ten days unless told otherwise. */
export function makeApplicationKey(from: Date, days = 10): ApplicationKey {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = createCertificate({
    subject: { commonName: 'CI' },
    ...pair,
    notBefore: new Date(from.getTime() - 86_400_000),
    notAfter: new Date(from.getTime() + days * 86_400_000),
  });
  return { privateKey: pair.privateKey, certificate };
}

export const digestOf = (algorithm: string, { certificate }: ApplicationKey): string =>
  createHash(algorithm).update(certificate.bytes).digest('base64url');

export interface AssertionChanges {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly key?: KeyObject;
}

/** An assertion for the first tenant's application, with other header fields or claims; undefined leaves one out. */
export async function makeAssertion(
  built: TestApp,
  key: ApplicationKey,
  { header = {}, claims = {}, key: signingKey = key.privateKey }: AssertionChanges = {},
): Promise<string> {
  const now = Math.floor(built.clock.now.getTime() / 1000);
  const { tenantId, clientId } = built.tenant;
  return new SignJWT({
    aud: `http://localhost/${tenantId}/oauth2/v2.0/token`,
    iss: clientId,
    sub: clientId,
    nbf: now,
    exp: now + 600,
    jti: randomUUID(),
    ...claims,
  })
    .setProtectedHeader({ alg: 'PS256', 'x5t#S256': digestOf('sha256', key), ...header })
    .sign(signingKey);
}
