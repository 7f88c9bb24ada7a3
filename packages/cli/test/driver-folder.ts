// Makes what a driver team has: a folder with an INF and an image, and a key to sign with.
import { generateKeyPairSync } from 'node:crypto';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCertificate, encodePem, writePkcs12 } from '@assay/authenticode';

const ECHO = join(import.meta.dirname, '..', '..', '..', 'examples', 'echo', 'driver');
const DAY_MS = 86_400_000;

/** Copies the sample driver into a folder of this name. */
export async function makeDriverFolder(directory: string, name: string): Promise<string> {
  const folder = join(directory, name);
  await cp(ECHO, folder, { recursive: true });
  return folder;
}

export interface SigningFiles {
  readonly pkcs12: string;
  readonly password: string;
  /** PEM of the root to trust. */
  readonly trust: string;
}

/** Makes a root and a code-signing certificate, as files in the directory. */
export async function makeSigningFiles(directory: string): Promise<SigningFiles> {
  const validity = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) };
  const rootKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const root = createCertificate({
    subject: { commonName: 'Test Root' },
    publicKey: rootKeys.publicKey,
    privateKey: rootKeys.privateKey,
    certificateAuthority: true,
    ...validity,
  });
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = createCertificate({
    subject: { commonName: 'Test Signer' },
    issuer: { certificate: root, privateKey: rootKeys.privateKey },
    publicKey: keys.publicKey,
    extendedKeyUsages: ['1.3.6.1.5.5.7.3.3'],
    ...validity,
  });
  const password = 'pässword "1"';
  const files = { pkcs12: join(directory, 'signer.p12'), password, trust: join(directory, 'root.pem') };
  await writeFile(files.pkcs12, writePkcs12({ privateKey: keys.privateKey, certificate, chain: [root], password }));
  await writeFile(files.trust, encodePem('CERTIFICATE', root.bytes));
  return files;
}
