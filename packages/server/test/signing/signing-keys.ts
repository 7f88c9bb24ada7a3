// Keys with certificates of their own, made for one test.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Certificate, type CertificateRequest, createCertificate, OID, writePkcs12 } from '@assay/authenticode';

export interface TestKey {
  readonly privateKey: KeyObject;
  readonly certificate: Certificate;
}

/** A self-signed key for code signing, valid for an hour, unless something else is asked for. */
export function makeKey(request: Partial<CertificateRequest> = {}): TestKey {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = createCertificate({
    subject: { commonName: 'Signer under test' },
    ...pair,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extendedKeyUsages: [OID.codeSigning],
    ...request,
  });
  return { privateKey: pair.privateKey, certificate };
}

/** The key as a PKCS#12 file; gives its path. */
export function writeKey(folder: string, password: string, key: TestKey = makeKey(), name = 'key.p12'): string {
  const file = join(folder, name);
  writeFileSync(file, writePkcs12({ ...key, chain: [], password }));
  return file;
}
