// A certification authority for tests, made anew in each test process.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type Certificate, createCertificate, encodePem, OID } from '@assay/authenticode';

const DAY = 24 * 60 * 60 * 1000;
const VALID_NOW = { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + 365 * DAY) };

export function makeKeyPair(type: 'rsa' | 'ec' | 'P-384' | 'P-521' = 'rsa') {
  return type === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: type === 'ec' ? 'P-256' : type });
}

const rootKeys = makeKeyPair();
const intermediateKeys = makeKeyPair();

export const root = createCertificate({
  subject: { commonName: 'Test Root' },
  ...rootKeys,
  certificateAuthority: true,
  ...VALID_NOW,
});

export const intermediate = createCertificate({
  subject: { commonName: 'Test Intermediate' },
  issuer: { certificate: root, privateKey: rootKeys.privateKey },
  publicKey: intermediateKeys.publicKey,
  certificateAuthority: { pathLength: 0 },
  ...VALID_NOW,
});

/** A code-signing certificate for a key. */
export function issue(commonName: string, publicKey: KeyObject, daysLeft = 365): Certificate {
  return createCertificate({
    subject: { commonName },
    issuer: { certificate: intermediate, privateKey: intermediateKeys.privateKey },
    publicKey,
    extendedKeyUsages: [OID.codeSigning],
    notBefore: VALID_NOW.notBefore,
    notAfter: new Date(Date.now() + daysLeft * DAY),
  });
}

/** Certificates in PEM, one after another. */
export function pem(...certificates: readonly Certificate[]): string {
  return certificates.map(({ bytes }) => encodePem('CERTIFICATE', bytes)).join('');
}

export function pkcs8(privateKey: KeyObject): string {
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}
