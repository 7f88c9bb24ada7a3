// Signers for verification tests: a root that outlives everything, leaves of any validity and usage under it, and ways to
// break signatures that signing itself refuses to make.

import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import {
  type ByteSource,
  bytesSource,
  type Certificate,
  createCertificate,
  createLocalKey,
  OID,
  type PolicyResult,
  pe,
  readPeImage,
  rewriteBytes,
  type SigningKey,
  type SigningRequest,
  signFile,
} from '../../src/index.ts';
import { makeKeyPair } from '../support/authority.ts';

export const DAY_MS = 24 * 60 * 60 * 1000;

export function daysFromNow(days: number): Date {
  return new Date(Math.floor(Date.now() / 1000) * 1000 + days * DAY_MS);
}

export const LONG = { notBefore: new Date('2001-01-01T00:00:00Z'), notAfter: new Date('2099-01-01T00:00:00Z') };

export interface SignerFamily {
  readonly root: Certificate;
  /** A key whose certificate the root issued: for code signing and valid now, unless said otherwise. */
  signer(options?: {
    readonly notBefore?: Date;
    readonly notAfter?: Date;
    readonly usages?: readonly string[];
    readonly name?: string;
  }): SigningKey;
}

export function makeSignerFamily(rootName = 'Contoso Root'): SignerFamily {
  const rootKeys = makeKeyPair('ec');
  const root = createCertificate({
    subject: { commonName: rootName, organization: 'Contoso' },
    ...rootKeys,
    certificateAuthority: true,
    ...LONG,
  });
  return {
    root,
    signer({ notBefore = daysFromNow(-10), notAfter = daysFromNow(10), usages = [OID.codeSigning], name } = {}) {
      const { privateKey, publicKey } = makeKeyPair('ec');
      const certificate = createCertificate({
        subject: { commonName: name ?? 'Contoso Drivers', organization: 'Contoso' },
        issuer: { certificate: root, privateKey: rootKeys.privateKey },
        publicKey,
        extendedKeyUsages: usages,
        notBefore,
        notAfter,
      });
      return createLocalKey({ privateKey, certificate, chain: [root] });
    },
  };
}

export async function signed(file: Uint8Array | ByteSource, request: SigningRequest): Promise<Uint8Array> {
  const source = file instanceof Uint8Array ? bytesSource(file) : file;
  return rewriteBytes(source, await signFile(source, request));
}

/** The same file with one byte of the value of its signature changed: of the first, or of one nested in it. */
export async function withForgedSignature(file: Uint8Array, nested?: number): Promise<Uint8Array> {
  const [primary] = await pe.readSignatures(bytesSource(file));
  assert.ok(primary);
  const opened = pe.openSignature(primary);
  const inner = nested === undefined ? undefined : opened.nested[nested];
  const { signatureValue } = inner === undefined ? opened : pe.openSignature(inner);
  const copy = Buffer.from(file);
  const at = copy.indexOf(signatureValue);
  assert.ok(at > 0);
  copy[at + signatureValue.length - 1] = (copy[at + signatureValue.length - 1] ?? 0) ^ 1;
  return new Uint8Array(copy);
}

/** An image (of a size that is a multiple of 8) with any signature in its table, whether it fits or not. */
export async function withAnySignature(image: Uint8Array, signature: Uint8Array): Promise<Uint8Array> {
  const { certificateEntryOffset, size } = await readPeImage(bytesSource(image));
  const entry = Buffer.alloc(Math.ceil((8 + signature.length) / 8) * 8);
  entry.writeUInt32LE(entry.length, 0);
  entry.writeUInt16LE(0x0200, 4);
  entry.writeUInt16LE(2, 6);
  entry.set(signature, 8);
  const file = Buffer.concat([image, entry]);
  file.writeUInt32LE(size, certificateEntryOffset);
  file.writeUInt32LE(entry.length, certificateEntryOffset + 4);
  return new Uint8Array(file);
}

/** The same bytes with `first`, which stands directly before `second`, after it. */
export function exchanged(file: Uint8Array, first: Uint8Array, second: Uint8Array): Uint8Array {
  const copy = Buffer.from(file);
  const at = copy.indexOf(Buffer.concat([first, second]));
  assert.ok(at > 0, 'the two stand side by side');
  copy.set(Buffer.concat([second, first]), at);
  return new Uint8Array(copy);
}

/** Verdict of each policy. */
export function verdicts(results: readonly PolicyResult[]): Record<string, string> {
  return Object.fromEntries(results.map(({ policy, verdict }) => [policy, verdict]));
}

/** The result for one policy. */
export function resultOf(results: readonly PolicyResult[], policy: PolicyResult['policy']): PolicyResult {
  const result = results.find((candidate) => candidate.policy === policy);
  assert.ok(result, `there is a result for ${policy}`);
  return result;
}
