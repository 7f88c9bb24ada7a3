// Cabinets for the tests, signed as a submitter would: from a map of names to bytes.

import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bytesSource,
  createCertificate,
  createLocalKey,
  readPkcs12,
  rewriteBytes,
  type SigningKey,
  signFile,
  writeCabinet,
} from '@assay/authenticode';
import type { Credentials } from '../../src/index.ts';

const ECHO = join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'echo', 'driver');

/** The example driver as the folder `echo` of a cabinet. */
export function echoFiles(): Record<string, Uint8Array> {
  return {
    'echo\\echo.inf': readFileSync(join(ECHO, 'echo.inf')),
    'echo\\echo.sys': readFileSync(join(ECHO, 'echo.sys')),
  };
}

/** An unsigned cabinet. */
export async function makeCabinet(
  files: Readonly<Record<string, Uint8Array>>,
  compression: 'mszip' | 'none' = 'mszip',
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const inputs = Object.entries(files).map(([name, bytes]) => ({
    name,
    size: bytes.length,
    source: bytesSource(bytes),
  }));
  for await (const chunk of writeCabinet({ files: inputs, compression })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The key with which an account signs its packages. */
export function submissionKey(credentials: Credentials): SigningKey {
  return createLocalKey(
    readPkcs12(readFileSync(credentials.submissionCertificate), credentials.submissionCertificatePassword),
  );
}

/** A code-signing key that nobody has registered. */
export function strangersKey(): SigningKey {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = createCertificate({
    subject: { commonName: 'A stranger' },
    ...pair,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extendedKeyUsages: ['1.3.6.1.5.5.7.3.3'],
  });
  return createLocalKey({ privateKey: pair.privateKey, certificate, chain: [] });
}

/** The cabinet with a signature. */
export async function signCabinet(cabinet: Uint8Array, key: SigningKey): Promise<Uint8Array> {
  const source = bytesSource(cabinet);
  return await rewriteBytes(source, await signFile(source, { key }));
}
